internal import CHDF5
import Files
import TensorKernels

/// What a dataset says about itself.
struct HDF5DatasetInfo {
  let shape: Shape
  let type: ElementType
  /// True for two opaque bytes, as h5py stores bfloat16.
  let isOpaque: Bool
}

extension HDF5File {
  /// Opens a dataset, refuses what lies outside the file or exceeds it, and describes the rest.
  func describe(dataset path: String) throws(FormatError) -> HDF5DatasetInfo {
    try describe(openDataset(path), path)
  }

  /// All values of a dataset as Float32 in row-major order (`H5Dread`).
  /// - Parameter type: what they are; two opaque bytes need to be told.
  func floats(dataset path: String, type: ElementType) throws(FormatError) -> [Float] {
    let dataset = try openDataset(path)
    let info = try describe(dataset, path)
    guard type.isFloat, info.type.isFloat || info.isOpaque && type == .bfloat16 else {
      throw FormatError("holds \(info.type) in '\(path)', expected floating-point numbers")
    }
    if info.shape.count == 0 { return [] }
    try requireWholeChunks(dataset, path)
    let values =
      info.isOpaque
      ? try opaqueBFloats(dataset, path, info.shape.count)
      : try converted(dataset, path, info.shape.count)
    let digest = try string(attribute: ValueDigest.name, of: path)
    try ValueDigest.require(digest, of: values, info.shape, at: path)
    return values
  }

  private func openDataset(_ path: String) throws(FormatError) -> HDF5Handle {
    guard let resolved = try resolve(path), try kind(of: resolved) == .dataset else {
      throw FormatError("names the tensor '\(path)' but has none there")
    }
    return try open(resolved)
  }

  private func converted(_ dataset: borrowing HDF5Handle, _ path: String, _ count: Int)
    throws(FormatError) -> [Float]
  {
    let id = dataset.id
    return try .init(unsafeUninitializedCapacity: count) { buffer, filled throws(FormatError) in
      let values = buffer.baseAddress
      _ = try HDF5Library.call("read '\(path)'") {
        H5Dread(
          id, ft_h5_native_float(), ft_h5_whole_space(), ft_h5_whole_space(), ft_h5_default(),
          values)
      }
      filled = count
    }
  }

  private func opaqueBFloats(_ dataset: borrowing HDF5Handle, _ path: String, _ count: Int)
    throws(FormatError) -> [Float]
  {
    let id = dataset.id
    let type = try HDF5Handle("examine '\(path)'") { H5Dget_type(id) }
    let typeID = type.id
    var halves = [UInt16](repeating: 0, count: count)
    _ = try HDF5Library.call("read '\(path)'") {
      H5Dread(id, typeID, ft_h5_whole_space(), ft_h5_whole_space(), ft_h5_default(), &halves)
    }
    return halves.map { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
  }

  private func describe(_ dataset: borrowing HDF5Handle, _ path: String) throws(FormatError)
    -> HDF5DatasetInfo
  {
    let id = dataset.id
    let properties = try HDF5Handle("examine '\(path)'") { H5Dget_create_plist(id) }
    // The layout comes first: asking a virtual dataset for its extent opens other files.
    let layout = try checkedLayout(properties, path)
    let (type, size, isOpaque) = try elementType(of: dataset, path)
    let shape = try extent(of: dataset, path)
    let (byteCount, overflow) = size.multipliedReportingOverflow(by: shape.count)
    guard !overflow else { throw FormatError("declares an impossible size for '\(path)'") }
    try checkStorage(dataset, properties, layout, byteCount, path)
    return HDF5DatasetInfo(shape: shape, type: type, isOpaque: isOpaque)
  }

  func extent(of dataset: borrowing HDF5Handle, _ path: String) throws(FormatError) -> Shape {
    let id = dataset.id
    let space = try HDF5Handle("examine '\(path)'") { H5Dget_space(id) }
    let spaceID = space.id
    let rank = Int(
      try HDF5Library.call("examine '\(path)'") { H5Sget_simple_extent_ndims(spaceID) })
    var dimensions = [hsize_t](repeating: 0, count: rank)
    _ = try HDF5Library.call("examine '\(path)'") {
      H5Sget_simple_extent_dims(spaceID, &dimensions, nil)
    }
    guard dimensions.allSatisfy({ $0 <= hsize_t(Int.max) }),
      let shape = Shape(declared: dimensions.map(Int.init))
    else { throw FormatError("declares an impossible size for '\(path)'") }
    return shape
  }

  // MARK: What is refused

  enum Layout {
    case compact, contiguous, chunked
  }

  func checkedLayout(_ properties: borrowing HDF5Handle, _ path: String) throws(FormatError)
    -> Layout
  {
    let id = properties.id
    let externalFiles = try HDF5Library.call("examine '\(path)'") { H5Pget_external_count(id) }
    guard externalFiles == 0 else {
      throw FormatError("keeps '\(path)' in another file, which is refused")
    }
    switch HDF5Library.query({ H5Pget_layout(id) }) {
    case H5D_COMPACT: return .compact
    case H5D_CONTIGUOUS: return .contiguous
    case H5D_CHUNKED: return .chunked
    case H5D_VIRTUAL:
      throw FormatError("assembles '\(path)' from other datasets, which is refused")
    default:
      throw FormatError("stores '\(path)' in a way that is unknown here")
    }
  }

  /// The most that deflate can shrink: 1032 to 1, plus a little for headers.
  private static let largestCompression = 1_100

  /// A dataset must have its bytes in the file: a declared size that is not there would be memory
  /// filled with zeros.
  private func checkStorage(
    _ dataset: borrowing HDF5Handle, _ properties: borrowing HDF5Handle, _ layout: Layout,
    _ byteCount: Int, _ path: String
  ) throws(FormatError) {
    if byteCount == 0 { return }
    let id = dataset.id
    let filters = try checkedFilters(properties, path)
    // The library filters nothing but chunks, whatever a file says.
    let isPlain = layout != .chunked || filters.isEmpty
    let limit = UInt64(self.byteCount) * UInt64(isPlain ? 1 : Self.largestCompression)
    guard UInt64(byteCount) <= limit else {
      throw FormatError(
        "declares \(byteCount) bytes for '\(path)' but is only \(self.byteCount) bytes long")
    }
    // The library goes through all chunks that a file declares to add up what they take.
    if layout == .chunked { try checkCount(of: chunks(properties, dataset, path), path) }
    let stored = UInt64(HDF5Library.query { H5Dget_storage_size(id) })
    guard stored <= UInt64(self.byteCount), isPlain ? stored >= byteCount : stored > 0
    else {
      throw FormatError("holds \(stored) bytes of '\(path)', expected \(byteCount)")
    }
    switch layout {
    case .compact: break
    case .contiguous:
      let offset = HDF5Library.query { H5Dget_offset(id) }
      let (end, overflow) = UInt64(offset).addingReportingOverflow(UInt64(byteCount))
      guard offset != ft_h5_undefined_address(), !overflow, end <= UInt64(self.byteCount) else {
        throw FormatError("ends before the \(byteCount) bytes of '\(path)'")
      }
    case .chunked:
      try checkChunks(properties, dataset, byteCount: byteCount, path)
    }
  }

  /// Deflate, shuffle and checksums are what h5py offers and what libhdf5 itself contains.
  func checkedFilters(_ properties: borrowing HDF5Handle, _ path: String)
    throws(FormatError)
    -> [Int32]
  {
    let id = properties.id
    let count = try HDF5Library.call("examine '\(path)'") { H5Pget_nfilters(id) }
    var filters: [Int32] = []
    for index in 0..<UInt32(count) {
      let filter = try HDF5Library.call("examine '\(path)'") {
        var flags: UInt32 = 0
        var valueCount = 0
        return H5Pget_filter2(id, index, &flags, &valueCount, nil, 0, nil, nil)
      }
      guard [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32].contains(filter) else {
        throw FormatError(
          "compresses '\(path)' with filter \(filter); only gzip, shuffle and fletcher32 are read")
      }
      filters.append(filter)
    }
    guard let deflate = filters.firstIndex(of: H5Z_FILTER_DEFLATE) else { return filters }
    guard filters[(deflate + 1)...].allSatisfy({ $0 == H5Z_FILTER_FLETCHER32 }) else {
      throw FormatError(
        "filters what is compressed of '\(path)' once more, which is not read; save it again as h5py does"
      )
    }
    return filters
  }

  // MARK: Types

  private func elementType(of dataset: borrowing HDF5Handle, _ path: String) throws(FormatError)
    -> (type: ElementType, size: Int, isOpaque: Bool)
  {
    let id = dataset.id
    let type = try HDF5Handle("examine '\(path)'") { H5Dget_type(id) }
    let typeID = type.id
    let size = HDF5Library.query { H5Tget_size(typeID) }
    guard size > 0 else { throw FormatError("has a type of no size in '\(path)'") }
    switch HDF5Library.query({ H5Tget_class(typeID) }) {
    case H5T_FLOAT: return (floatType(typeID, size), size, false)
    case H5T_INTEGER: return (.integer(bits: size * 8), size, false)
    case H5T_STRING: return (.other("strings"), size, false)
    case H5T_OPAQUE where size == 2:
      // NumPy has no bfloat16 of its own; Keras stores the bytes and says so beside them.
      let isBFloat = try string(attribute: "dtype", of: path) == "bfloat16"
      return (isBFloat ? .bfloat16 : .other("opaque bytes"), size, true)
    default: return (.other("values of another kind"), size, false)
    }
  }

  /// One of the four formats in use, recognised by its bit fields; either byte order.
  private func floatType(_ type: Int64, _ size: Int) -> ElementType {
    var sign = 0
    var exponent = 0
    var exponentSize = 0
    var mantissa = 0
    var mantissaSize = 0
    let (known, bias, normal, offset, precision) = HDF5Library.query {
      (
        H5Tget_fields(type, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize),
        H5Tget_ebias(type), H5Tget_norm(type), H5Tget_offset(type), H5Tget_precision(type)
      )
    }
    let unknown = ElementType.other("floats of an unknown format")
    guard known >= 0, normal == H5T_NORM_IMPLIED, offset == 0, precision == size * 8 else {
      return unknown
    }
    guard sign == size * 8 - 1, mantissa == 0, exponent == mantissaSize else { return unknown }
    switch (exponentSize, mantissaSize, bias) {
    case (8, 23, 127): return .float32
    case (11, 52, 1023): return .float64
    case (5, 10, 15): return .float16
    case (8, 7, 127): return .bfloat16
    default: return unknown
    }
  }
}
