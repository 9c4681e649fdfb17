#if canImport(Glibc)
    import Glibc
#endif

/// A moment on a clock that never jumps: for deadlines, limits and latencies.
public struct MonotonicTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since an arbitrary start.
    public var nanoseconds: Int64

    /// The moment `nanoseconds` after the clock's start; tests make their own.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Now (`CLOCK_MONOTONIC`).
    public static var now: MonotonicTime { .init(nanoseconds: clockNanoseconds(CLOCK_MONOTONIC)) }

    /// Whether `left` is earlier.
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    /// The moment `right` later; saturates instead of overflowing.
    public static func + (left: Self, right: Duration) -> Self {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        return .init(nanoseconds: overflow ? (right.nanoseconds > 0 ? .max : .min) : sum)
    }
    /// The time from `right` to `left`.
    public static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds.subtractingReportingOverflow(right.nanoseconds).partialValue)
    }
}

/// A moment of civil time: for token claims, certificates and logs. It may jump.
public struct WallTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    /// A moment by its nanoseconds since 1970.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    /// A moment by its seconds since 1970; saturates.
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        nanoseconds = overflow ? (seconds > 0 ? .max : .min) : product
    }

    /// Now (`CLOCK_REALTIME`).
    public static var now: WallTime { .init(nanoseconds: clockNanoseconds(CLOCK_REALTIME)) }
    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 {
        nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds - 999_999_999) / 1_000_000_000
    }

    /// Whether `left` is earlier.
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    /// Whole nanoseconds; saturates at ±292 years.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds > 0 ? .max : .min }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds > 0 ? .max : .min) : sum
    }
}

@inline(__always)
private func clockNanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
}
