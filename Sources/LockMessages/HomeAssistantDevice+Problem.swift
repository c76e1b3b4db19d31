import LockDomain

extension HomeAssistantDevice {
    /// Whose problems an entity shows.
    enum ProblemScope {
        /// Of the gateway as a whole, and of no lock.
        case gateway
        case lock(LockID)
    }

    /// Says whether something is wrong; its attributes say what, and what to do about it.
    static func problemComponent(of scope: ProblemScope, in layout: TopicLayout) -> HomeAssistantComponent {
        let test =
            switch scope {
            case .gateway: "'none'"
            case .lock(let lock): "'eq', '\(lock)'"
            }
        let ours = "{% set ours = value_json | default([], true) | selectattr('lock', \(test)) | list %}"
        let texts = ["text", "remedy"].map { "ours | map(attribute='\($0)', default='') | join('; ') or none" }
        return HomeAssistantComponent(
            .binarySensor,
            .problem,
            options: [
                "device_class": "problem",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.gatewayProblem),
                "value_template": .text(ours + "{{ none if value_json is not defined else 'ON' if ours else 'OFF' }}"),
                "json_attributes_topic": .text(layout.gatewayProblem),
                "json_attributes_template": .text(
                    ours + "{{ {'reason': \(texts[0]), 'remedy': \(texts[1]), 'problems': ours} | to_json }}"
                ),
            ]
        )
    }
}
