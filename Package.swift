// swift-tools-version:5.9
import PackageDescription

// Dependencies go down this list only; see Docs/architecture.md.
let package = Package(
  name: "weft",
  products: [
    .executable(name: "weft", targets: ["WeftCommand"]),
    .library(name: "Weft", targets: ["Weft"]),
    .library(name: "MetaTracing", targets: ["MetaTracing"]),
    .executable(name: "scheme", targets: ["Scheme"]),
    .executable(name: "backend-check", targets: ["BackendCheck"]),
  ],
  targets: [
    // C: the Value and thread layouts that native functions share with the run loop, and tiny shims.
    .target(name: "CWeft"),
    .target(name: "CComplex"),
    .systemLibrary(name: "CGMP"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CBZip2"),
    .systemLibrary(name: "CSQLite"),
    .systemLibrary(name: "CExpat"),
    // SQLite calls that may call back, each on a stack of its own.
    .target(name: "CSQLiteCalls", dependencies: ["CSQLite"]),
    // Text and number algorithms on raw buffers: no heap, no Python objects.
    .target(name: "Support"),
    // Tokenizer, parser, AST.
    .target(name: "Syntax", dependencies: ["Support"]),
    // Opcode table, code units, builder, disassembler.
    .target(name: "Bytecode", dependencies: ["Support"]),
    // Scopes and code generation.
    .target(name: "Compiler", dependencies: ["Syntax", "Bytecode"]),
    // The run-time system, bottom to top: memory, objects, interpreter.
    .target(name: "Heap", dependencies: ["CWeft"]),
    .target(name: "Objects", dependencies: ["Heap", "CWeft", "CGMP", "Support", "Bytecode"]),
    // Methods of the builtin types.
    .target(name: "Builtins", dependencies: ["Objects", "Support", "CGMP"]),
    // Traces: their representation, how they are built and run. Knows nothing of Python.
    .target(name: "CCodeMemory"),
    .target(name: "MetaTracing", dependencies: ["CCodeMemory"]),
    // Engines, instruction handlers, unwinding, recording.
    .target(name: "Interpreter", dependencies: ["Objects", "Heap", "Bytecode", "MetaTracing"]),
    // Python sources of the run-time system, embedded.
    .target(name: "CAppLevel"),
    .target(name: "AppLevel", dependencies: ["CAppLevel"], exclude: ["Python", "embed"]),
    // Native modules of the standard library.
    .target(name: "StandardLibrary", dependencies: ["Objects", "Builtins", "Compiler", "Syntax", "Support", "CGMP", "CComplex"]),
    // Native modules over C libraries.
    .target(name: "Libraries", dependencies: ["Objects", "Builtins", "CZlib", "CBZip2", "CSQLite", "CSQLiteCalls", "CExpat"], exclude: ["Generated/generate_cjk.py"]),
    // Tasklets: switching between frame chains.
    .target(name: "Tasklets", dependencies: ["Objects", "Builtins"]),
    // The embedding library: a virtual machine as a Swift object.
    .target(name: "Weft", dependencies: ["Interpreter", "StandardLibrary", "Libraries", "Tasklets", "Builtins", "AppLevel", "Compiler", "Syntax"]),
    // The command line.
    .executableTarget(name: "WeftCommand", dependencies: ["CWeft", "Tasklets", "Weft"]),
    // A second language on MetaTracing: a Scheme.
    .executableTarget(name: "Scheme", dependencies: ["MetaTracing"]),
    // Compiles generated traces for every machine, and says what they must do.
    .executableTarget(name: "BackendCheck", dependencies: ["MetaTracing"], path: "Tests/Backends", exclude: ["runner.c", "backends.py"]),
    // A Swift program that uses the machine, and the test of the embedding library.
    .executableTarget(name: "embedding-example", dependencies: ["Weft"], path: "Examples/Embedding"),
    .executableTarget(name: "embedding-test", dependencies: ["Weft"], path: "Tests/Embedding"),
  ],
  swiftLanguageVersions: [.v5]
)
