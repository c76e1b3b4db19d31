@main
enum LoqedGateway {
    static func main() {}
}
