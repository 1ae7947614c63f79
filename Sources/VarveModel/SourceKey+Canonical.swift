package import VarveBytes

// Canonical bytes of keys: equal keys have equal bytes. Format: Docs/Format/catalogue.md, "Keys".

extension SourceKey {
    /// account, region, namespace (length-prefixed), dimension count, then name and value of each dimension. The kind
    /// stands apart, in the record that holds the key.
    package func encode(into writer: inout ByteWriter) {
        writer.write(scope.account)
        writer.write(scope.region)
        writer.write(namespace)
        writer.writeCount(dimensions.count)
        for dimension in dimensions {
            writer.write(dimension.name)
            writer.write(dimension.value)
        }
    }

    @_lifetime(cursor: copy cursor)
    package init(decoding cursor: inout ByteCursor, kind: SeriesKind = .metric) throws(BytesError) {
        let account = try cursor.readString(limit: Limits.nameBytesMax)
        let region = try cursor.readString(limit: Limits.nameBytesMax)
        let namespace = try cursor.readString(limit: Limits.nameBytesMax)
        let count = try cursor.readCount(limit: Limits.dimensionsCeiling)
        var dimensions: [Dimension] = []
        for _ in 0..<count {
            let name = try cursor.readString(limit: Limits.nameBytesMax)
            dimensions.append(Dimension(name: name, value: try cursor.readString(limit: Limits.dimensionValueBytesMax)))
        }
        let scope = Scope(account: account, region: region)
        self.init(scope: scope, namespace: namespace, dimensions: dimensions, kind: kind)
    }
}

extension FieldKey {
    /// unit, resolution (one byte each), then the length-prefixed metric name.
    package func encode(into writer: inout ByteWriter) {
        writer.write(unit.rawValue)
        writer.write(resolution.rawValue)
        writer.write(metric)
    }

    /// - Throws: `.countAboveLimit` for a unit or resolution that this version does not know.
    @_lifetime(cursor: copy cursor)
    package init(decoding cursor: inout ByteCursor) throws(BytesError) {
        let offset = cursor.offset
        let unitByte: UInt8 = try cursor.read()
        let resolutionByte: UInt8 = try cursor.read()
        guard let unit = Unit(rawValue: unitByte) else {
            throw .countAboveLimit(offset: offset, count: UInt64(unitByte), limit: Unit.allCases.count - 1)
        }
        guard let resolution = Resolution(rawValue: resolutionByte) else {
            let limit = Int(Resolution.oneMinute.rawValue)
            throw .countAboveLimit(offset: offset + 1, count: UInt64(resolutionByte), limit: limit)
        }
        self.init(metric: try cursor.readString(limit: Limits.nameBytesMax), unit: unit, resolution: resolution)
    }
}
