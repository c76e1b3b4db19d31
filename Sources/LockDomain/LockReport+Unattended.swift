extension LockReport {
    /// What still holds once nobody listens to the lock: nothing of the present, as before anything was heard of it.
    ///
    /// What was last known, and what happened last, remains with its times.
    package var unattended: LockReport {
        var report = self
        report.state = .unknown
        report.evidence = nil
        report.connectivity = .offline(.starting)
        report.road = .none
        report.battery = BatteryReading(type: battery.type)
        report.signal = SignalReading()
        report.webhookPath = .unproven
        report.clockSkew = nil
        report.problems = []
        return report
    }
}
