// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every target: what the compiler can prove, it proves.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func system(_ name: String, pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func module(
    _ folder: String, named name: String? = nil, _ dependencies: [Target.Dependency]
) -> Target {
    .target(
        name: name ?? "Gatehouse\(folder)", dependencies: dependencies, path: "Sources/\(folder)",
        swiftSettings: settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, exclude: exclude,
        swiftSettings: settings)
}

/// What `make bench` measures inside the process; daily builds do without.
let benchmarks: [Target] =
    Context.environment["GATEHOUSE_BENCH"] == nil
    ? []
    : [
        .executableTarget(
            name: "GatehouseMeasure",
            dependencies: [
                "GatehouseCore", "GatehouseCrypto", "GatehouseIdentity", "GatehouseStorage",
                "GatehouseTransport", "GatehouseValidation",
            ],
            path: "Benchmarks/measure", swiftSettings: settings),
        .executableTarget(
            name: "GatehouseHandler", dependencies: ["Gatehouse"], path: "Benchmarks/handler",
            swiftSettings: settings),
    ]

let package = Package(
    name: "gatehouse",
    products: [
        .library(name: "Gatehouse", targets: ["Gatehouse"]),
        .library(name: "GatehouseDocuments", targets: ["GatehouseDocuments"]),
        .executable(name: "gatehouse", targets: ["GatehouseCommandLine"]),
    ],
    targets: [
        system("CUV", pkgConfig: "libuv", apt: "libuv1-dev"),
        system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
        system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        system("CArgon2", pkgConfig: "libargon2", apt: "libargon2-dev"),
        system("CCrypt", pkgConfig: "libcrypt", apt: "libcrypt-dev"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("CPostgreSQL", pkgConfig: "libpq", apt: "libpq-dev"),
        system("CHiredis", pkgConfig: nil, apt: "libhiredis-dev"),
        system("CMongoC", pkgConfig: "libmongoc-1.0", apt: "libmongoc-dev"),
        system("CQREncode", pkgConfig: "libqrencode", apt: "libqrencode-dev"),
        system("CZXCVBN", pkgConfig: nil, apt: "libzxcvbn-dev"),
        system("CUTF8Proc", pkgConfig: "libutf8proc", apt: "libutf8proc-dev"),
        system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        system("CPCRE2", pkgConfig: "libpcre2-8", apt: "libpcre2-dev"),
        system("CIDN2", pkgConfig: "libidn2", apt: "libidn2-dev"),
        system("CMaxMind", pkgConfig: "libmaxminddb", apt: "libmaxminddb-dev"),
        system("CBrotli", pkgConfig: "libbrotlidec", apt: "libbrotli-dev"),

        module("Core", []),
        module("Crypto", ["GatehouseCore", "COpenSSL", "CArgon2", "CCrypt"]),
        module("HTTP", ["GatehouseCore"]),
        module(
            "Validation",
            [
                "GatehouseCore", "GatehouseHTTP", "CPCRE2", "CIDN2", "CUTF8Proc", "CZlib",
                "CBrotli",
            ]),
        module(
            "Transport", ["GatehouseCore", "GatehouseCrypto", "GatehouseHTTP", "CUV", "CCurl"]),
        module("Observability", ["GatehouseCore", "GatehouseHTTP"]),
        module(
            "Storage",
            [
                "GatehouseCore", "GatehouseCrypto", "GatehouseTransport", "CSQLite", "CPostgreSQL",
                "CHiredis",
            ]),
        module(
            "Documents",
            ["GatehouseCore", "GatehouseValidation", "GatehouseStorage", "CMongoC"]),
        module(
            "Identity",
            [
                "GatehouseCore", "GatehouseCrypto", "GatehouseValidation", "GatehouseStorage",
                "CQREncode", "CZXCVBN",
            ]),
        module(
            "Defense",
            [
                "GatehouseCore", "GatehouseCrypto", "GatehouseHTTP", "GatehouseValidation",
                "GatehouseObservability", "GatehouseStorage", "GatehouseIdentity", "CMaxMind",
            ]),
        module(
            "Gateway", named: "Gatehouse",
            [
                "GatehouseCore", "GatehouseCrypto", "GatehouseHTTP", "GatehouseValidation",
                "GatehouseTransport", "GatehouseObservability", "GatehouseStorage",
                "GatehouseIdentity", "GatehouseDefense", "CYAML",
            ]),
        .executableTarget(
            name: "GatehouseCommandLine",
            dependencies: [
                "GatehouseCore", "GatehouseValidation", "GatehouseIdentity", "Gatehouse",
            ],
            path: "Sources/CommandLine", swiftSettings: settings),
        .executableTarget(
            name: "Notes", dependencies: ["Gatehouse"], path: "Examples/Notes",
            swiftSettings: settings),

        .target(
            name: "TestSupport", dependencies: ["GatehouseCore", "GatehouseStorage"],
            path: "Tests/Support", swiftSettings: settings),
        .target(
            name: "OpenSSLHeapCounter", path: "Tests/Heap",
            linkerSettings: [.linkedLibrary("crypto")]),
        tests("Core", ["GatehouseCore"]),
        tests("Crypto", ["GatehouseCrypto", "GatehouseCore", "OpenSSLHeapCounter", "TestSupport"]),
        tests("HTTP", ["GatehouseHTTP", "GatehouseCore"]),
        tests("Validation", ["GatehouseValidation", "GatehouseCore", "TestSupport"]),
        tests(
            "Transport",
            [
                "GatehouseTransport", "GatehouseHTTP", "GatehouseCrypto", "GatehouseCore",
                "TestSupport",
            ]),
        tests(
            "Observability",
            ["GatehouseObservability", "GatehouseHTTP", "GatehouseCore", "TestSupport"]),
        tests(
            "Storage",
            [
                "GatehouseStorage", "GatehouseDocuments", "GatehouseTransport",
                "GatehouseValidation", "GatehouseCore",
                "TestSupport",
            ]),
        tests(
            "Identity",
            [
                "GatehouseIdentity", "GatehouseCrypto", "GatehouseValidation", "GatehouseStorage",
                "GatehouseCore", "TestSupport",
            ], exclude: ["Tokens/joserfc_tokens.py"]),
        tests(
            "Defense",
            [
                "GatehouseDefense", "GatehouseHTTP", "GatehouseCore", "GatehouseIdentity",
                "GatehouseStorage", "GatehouseCrypto",
            ]),
        tests(
            "Gateway",
            [
                "Gatehouse", "GatehouseCore", "GatehouseCrypto", "GatehouseHTTP",
                "GatehouseIdentity", "GatehouseStorage", "GatehouseTransport", "TestSupport",
            ],
            exclude: [
                "Scenarios", "Clients/tokens.py", "Performance/allocations.c", "Accounts/smtp.py",
                "Accounts/browser.py", "Floods/flood.py", "Contract/vulnerable.js",
            ]),
        tests("Tidy", []),
    ] + benchmarks,
    swiftLanguageModes: [.v6]
)
