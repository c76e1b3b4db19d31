// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built alike: language mode 6, imports internal unless said otherwise, no warning tolerated.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Targets that call C say so at every unsafe expression.
let unsafeSettings: [SwiftSetting] = settings + [.strictMemorySafety()]

let concurrency: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "loqed-gateway",
    products: [.executable(name: "loqed-gateway", targets: ["loqed-gateway"])],
    // Exact: whoever builds a version builds what was tested, and no deprecation of a later one is an error here.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: [
        // Pure: decisions, bytes, documents.
        .target(name: "LockDomain", swiftSettings: settings),
        .target(
            name: "LoqedWire",
            dependencies: ["LockDomain", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings
        ),
        .target(name: "LockMessages", dependencies: ["LockDomain"], swiftSettings: settings),

        // Edges: sockets, names, threads.
        .systemLibrary(
            name: "CMosquitto",
            pkgConfig: "libmosquitto",
            providers: [.apt(["libmosquitto-dev", "libssl-dev"])]
        ),
        .target(name: "Mosquitto", dependencies: ["CMosquitto", concurrency], swiftSettings: unsafeSettings),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(
            name: "PlainHTTP",
            dependencies: [
                concurrency,
                logging,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "BridgeHTTP",
            dependencies: ["LockDomain", "LoqedWire", "PlainHTTP", logging],
            swiftSettings: settings
        ),

        .target(name: "LocalNetwork", dependencies: [concurrency], swiftSettings: unsafeSettings),

        // The daemon, the simulator, the command.
        .target(
            name: "Gateway",
            dependencies: [
                "LockDomain", "LoqedWire", "LockMessages", "Mosquitto", "PlainHTTP", "BridgeHTTP", "LocalNetwork",
                "CYAML", concurrency, logging, lifecycle,
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "LoqedSimulator",
            dependencies: ["LockDomain", "LoqedWire", "PlainHTTP", concurrency, logging, lifecycle],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "loqed-gateway",
            dependencies: [
                "Gateway", "LoqedSimulator", "LockDomain", "BridgeHTTP", "LocalNetwork", "PlainHTTP", logging,
                lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/GatewayCommand",
            swiftSettings: settings
        ),

        // Tests.
        .target(
            name: "GatewayTestSupport",
            dependencies: [
                "LockDomain", "LoqedWire", "LockMessages", "LocalNetwork", "Mosquitto", "PlainHTTP", "BridgeHTTP",
                "Gateway", "LoqedSimulator", concurrency, lifecycle, logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ArchitectureTests",
            dependencies: ["Gateway", "GatewayTestSupport"],
            swiftSettings: settings
        ),
        .testTarget(name: "LockDomainTests", dependencies: ["LockDomain"], swiftSettings: settings),
        .testTarget(
            name: "LoqedWireTests",
            dependencies: ["LoqedWire", "LockDomain"],
            resources: [.copy("Vectors"), .copy("Payloads")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "LockMessagesTests",
            dependencies: ["LockMessages", "LockDomain", "GatewayTestSupport"],
            resources: [.copy("Golden")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MosquittoTests",
            dependencies: ["Mosquitto", "GatewayTestSupport", concurrency],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PlainHTTPTests",
            dependencies: [
                "PlainHTTP", "GatewayTestSupport", concurrency,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "BridgeHTTPTests",
            dependencies: ["BridgeHTTP", "LockDomain", "LoqedWire", "PlainHTTP", "GatewayTestSupport", concurrency],
            swiftSettings: settings
        ),
        .testTarget(
            name: "LocalNetworkTests",
            dependencies: ["LocalNetwork", "GatewayTestSupport", concurrency],
            swiftSettings: settings
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "LockDomain", "LockMessages", "LoqedWire", "BridgeHTTP", "Mosquitto", "PlainHTTP",
                "GatewayTestSupport",
                concurrency, lifecycle, logging,
            ],
            exclude: ["Peers"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SimulatorTests",
            dependencies: [
                "LoqedSimulator", "Gateway", "LockDomain", "LoqedWire", "PlainHTTP", "GatewayTestSupport", concurrency,
                logging,
            ],
            resources: [.copy("Scenarios")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Gateway", "LoqedSimulator", "LockDomain", "LoqedWire", "PlainHTTP", "Mosquitto", "GatewayTestSupport",
                concurrency, logging,
            ],
            exclude: ["Peers"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ContractTests",
            dependencies: ["LoqedSimulator", "GatewayTestSupport"],
            exclude: ["Peers"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NetworkTests",
            dependencies: ["LockDomain", "LoqedWire", "LoqedSimulator", "GatewayTestSupport", concurrency],
            swiftSettings: settings
        ),
    ]
)
