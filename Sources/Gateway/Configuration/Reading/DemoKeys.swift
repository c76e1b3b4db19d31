/// The keys of the simulator, which the shipped configuration shows to everybody.
///
/// They open no door, so nobody needs to keep them from others.
enum DemoKeys {
    static func contains(_ text: String) -> Bool {
        [
            "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        ].contains(text)
    }
}
