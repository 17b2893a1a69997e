// Names of enum cases, without the reflection that string interpolation goes through: tables of names are made at each start.

@_silgen_name("swift_EnumCaseName")
private func runtimeCaseName<T>(_ value: T) -> UnsafePointer<CChar>?

/// The case of an enum value as it is written in the source, as `"\(value)"` gives it.
public func caseName<T>(_ value: T) -> String { runtimeCaseName(value).map { String(cString: $0) } ?? "\(value)" }
