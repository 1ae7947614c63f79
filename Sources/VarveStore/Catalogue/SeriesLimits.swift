import VarveModel

/// How many series may exist, and how fast new ones may appear. Known series are never refused.
package struct SeriesLimits: Sendable, Equatable {
    /// Series of all namespaces together.
    package var total: Int
    /// Series of one namespace; nil for no limit but the total.
    package var perNamespace: Int?
    /// New series of one namespace that may come at once, after a quiet time: a first import of a large fleet.
    package var burst = 1_000_000
    /// New series of one namespace per minute after that: more is churn, a dimension that never repeats.
    package var refillPerMinute = 50_000

    package init(total: Int) { self.total = total }

    var namespaceMax: Int { min(perNamespace ?? total, total) }
}

/// Why series were refused, and which dimension is to blame.
package struct SeriesRefusal: Sendable, Equatable {
    package enum Cause: UInt8, Sendable, Equatable {
        // The raw value stands in the log (Docs/Format/wal.md, "Payload"); 0 there means that there was none.
        /// Series of the whole store.
        case total = 1
        /// Series of one namespace.
        case namespace
        /// New series per minute of one namespace.
        case rate
        /// Bytes of all names: 4 GiB.
        case names
        /// Numbers for series, sources and shapes, which are never given out twice.
        case numbers
    }

    package var cause: Cause
    /// Of the dimensions of the refused series, the one with the most values; nil when none has many.
    package var offender: DimensionCount?

    package init(_ cause: Cause = .total, offender: DimensionCount? = nil) {
        self.cause = cause
        self.offender = offender
    }
}

/// A dimension name and how many different values it has.
package struct DimensionCount: Sendable, Equatable {
    package var name: String
    package var valueCount: Int

    package init(name: String, valueCount: Int) {
        self.name = name
        self.valueCount = valueCount
    }
}

extension SeriesRefusal {
    /// Fewer values than this are no one's fault.
    static let offenderValuesMin = 100

    /// The limit that was reached, for a sentence.
    package func text(limit: Int, namespace: String) -> String {
        let reached =
            switch cause {
            case .total: "limit of \(limit) series reached by namespace \"\(namespace)\""
            case .namespace: "namespace \"\(namespace)\" has reached its limit of \(limit) series"
            case .rate: "namespace \"\(namespace)\" makes more than \(limit) new series per minute"
            case .numbers: "the \(limit) numbers of the store are used up; namespace \"\(namespace)\" needs more"
            case .names: "the names of all series take \(limit) bytes; namespace \"\(namespace)\" adds more"
            }
        guard let offender else { return reached }
        return reached + "; dimension \"\(offender.name)\" has \(offender.valueCount) values"
    }
}

/// A bucket of tokens, one per new series: full at first, refilled evenly. A pure state machine on passed-in time.
struct CreationBucket: Sendable, Equatable {
    /// In 60-billionths of a series, so that a nanosecond refills a whole number: exact, whatever the steps.
    private var tokens: Int
    private var filledNs: Int64

    /// Parts of one token: nanoseconds per minute.
    private static let unit = Int(Nanoseconds.perMinute)

    init(limits: SeriesLimits, nowNs: Int64) {
        tokens = Self.capacity(limits)
        filledNs = nowNs
    }

    private static func capacity(_ limits: SeriesLimits) -> Int { min(limits.burst, Int.max / unit / 2) * unit }

    /// Takes `count` tokens if they are there. Time that goes back refills nothing.
    mutating func take(_ count: Int, limits: SeriesLimits, nowNs: Int64) -> Bool {
        let elapsed = max(0, nowNs - filledNs)
        filledNs = max(filledNs, nowNs)
        let (refill, overflow) = Int(elapsed).multipliedReportingOverflow(by: limits.refillPerMinute)
        let capacity = Self.capacity(limits)
        tokens = overflow || refill >= capacity - tokens ? capacity : tokens + refill
        guard count <= tokens / Self.unit else { return false }
        tokens -= count * Self.unit
        return true
    }
}
