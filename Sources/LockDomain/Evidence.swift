/// What a published state rests on.
package struct Evidence: Hashable, Sendable {
    /// Who showed it.
    package enum Source: String, Hashable, Sendable, CaseIterable {
        /// A verified event of the bridge.
        case webhook
        /// A read of the bridge's `/status`; it may lag behind webhooks.
        case status
        case cloudWebhook = "cloud_webhook"
        case cloudStatus = "cloud_status"
    }

    package let source: Source
    package let time: UnixTime

    package init(source: Source, time: UnixTime) {
        self.source = source
        self.time = time
    }
}
