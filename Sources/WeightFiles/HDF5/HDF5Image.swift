internal import CHDF5
import Files
import Foundation
import Synchronization
import TensorKernels

/// A new HDF5 file that is built in memory and then written in one go.
///
/// The library never touches the disk: a full disk is a failed `write` of ours, not a file that the
/// library cannot close. Object times are off, so the same content is the same bytes.
struct HDF5Image: ~Copyable {
  private static let count = Atomic(0)
  private let file: HDF5Handle
  private let groupProperties: HDF5Handle
  private let datasetProperties: HDF5Handle

  /// - Parameter expectedByteCount: how much will be written, so that memory grows in few steps.
  init(expectedByteCount: Int) throws(FormatError) {
    let access = try HDF5Handle("prepare a file") { H5Pcreate(ft_h5_file_access()) }
    let accessID = access.id
    let step = min(max(expectedByteCount / 8, 1 << 16), 1 << 26)
    _ = try HDF5Library.call("prepare a file") { H5Pset_fapl_core(accessID, step, false) }
    let groups = try Self.timeless(ft_h5_group_creation)
    let datasets = try Self.timeless(ft_h5_dataset_creation)
    // The library refuses a second open file of one name.
    let name = "in memory \(Self.count.add(1, ordering: .relaxed).newValue)"
    file = try HDF5Handle("begin a file") {
      H5Fcreate(name, ft_h5_truncate(), ft_h5_default(), accessID)
    }
    groupProperties = groups
    datasetProperties = datasets
  }

  private static func timeless(_ propertyClass: () -> Int64) throws(FormatError) -> HDF5Handle {
    let properties = try HDF5Handle("prepare properties") { H5Pcreate(propertyClass()) }
    let id = properties.id
    _ = try HDF5Library.call("switch object times off") { H5Pset_obj_track_times(id, false) }
    return properties
  }

  /// Builds a file with `body` and writes it to `url`, atomically.
  static func write(
    to url: URL, expectedByteCount: Int, checking check: WrittenFileCheck? = nil,
    _ body: (borrowing HDF5Image) throws(FormatError) -> Void
  ) throws(WeightFileError) {
    do {
      let image = try HDF5Image(expectedByteCount: expectedByteCount)
      try body(image)
      try AtomicFile.write(try image.bytes(), to: url, needsName: true, checking: check)
    } catch let error as WeightFileError {
      throw error
    } catch {
      throw WeightFileError(.inputOutput, "cannot build '\(url.path)' in memory: \(error)")
    }
  }

  /// The finished file; valid as long as `self` (`H5Fget_vfd_handle` of the core driver).
  func bytes() throws(FormatError) -> UnsafeRawBufferPointer {
    let id = file.id
    _ = try HDF5Library.call("finish the file") { H5Fflush(id, H5F_SCOPE_GLOBAL) }
    let count = Int(try HDF5Library.call("finish the file") { H5Fget_file_image(id, nil, 0) })
    var location: UnsafeMutableRawPointer?
    _ = try HDF5Library.call("finish the file") {
      H5Fget_vfd_handle(id, ft_h5_default(), &location)
    }
    let memory = location?.load(as: UnsafeRawPointer?.self)
    return UnsafeRawBufferPointer(start: memory, count: count)
  }

  // MARK: Groups and datasets

  /// Creates a group and those above it (`H5Gcreate2`); existing ones are fine.
  func addGroup(_ path: String) throws(FormatError) {
    let id = file.id
    let properties = groupProperties.id
    var prefix = ""
    for part in path.pathParts {
      prefix += "/" + part
      let current = prefix
      let exists = try HDF5Library.call("look for '\(current)'") {
        H5Lexists(id, current, ft_h5_default())
      }
      if exists > 0 { continue }
      _ = try HDF5Handle("create the group '\(current)'") {
        H5Gcreate2(id, current, ft_h5_default(), properties, ft_h5_default())
      }
    }
  }

  /// Stores Float32 values, little-endian, with their digest.
  func add(dataset path: String, _ shape: Shape, _ values: [Float]) throws(FormatError) {
    precondition(values.count == shape.count, "\(path) needs \(shape.count) values")
    try add(path, shape, type: ft_h5_file_float(), memory: ft_h5_native_float(), values)
    try set(ValueDigest.name, of: path, to: ValueDigest.of(values, shape))
  }

  /// Stores 32-bit integers, little-endian.
  func add(dataset path: String, _ values: [Int32]) throws(FormatError) {
    try add(
      path, [values.count], type: ft_h5_file_int32(), memory: ft_h5_native_int32(), values)
  }

  /// Stores one 64-bit integer, little-endian.
  func add(dataset path: String, _ value: Int64) throws(FormatError) {
    try add(path, [], type: ft_h5_file_int64(), memory: ft_h5_native_int64(), [value])
  }

  /// Stores UTF-8 strings, each padded with zeros to the length of the longest.
  func add(dataset path: String, _ strings: [String]) throws(FormatError) {
    let (bytes, size) = Self.padded(strings)
    let type = try Self.stringType(size: size)
    let typeID = type.id
    try add(path, [strings.count], type: typeID, memory: typeID, bytes)
  }

  private func add<Element: BitwiseCopyable>(
    _ path: String, _ shape: Shape, type: Int64, memory: Int64, _ values: [Element]
  ) throws(FormatError) {
    let id = file.id
    let properties = datasetProperties.id
    let space = try Self.space(shape)
    let spaceID = space.id
    let dataset = try HDF5Handle("create '\(path)'") {
      H5Dcreate2(
        id, path, type, spaceID, ft_h5_default(), properties, ft_h5_default())
    }
    let datasetID = dataset.id
    _ = try HDF5Library.call("write '\(path)'") {
      H5Dwrite(
        datasetID, memory, ft_h5_whole_space(), ft_h5_whole_space(), ft_h5_default(), values)
    }
  }

  // MARK: Attributes

  /// An attribute holds at most 64 KiB; this is Keras's limit for the part that is data.
  private static let attributeLimit = 64_512

  /// Stores a list of strings of fixed length as Keras does, split into `name0`, `name1`… when it is
  /// too large for one attribute.
  func set(_ name: String, of path: String, to strings: [String]) throws(FormatError) {
    let size = max(strings.lazy.map(\.utf8.count).max() ?? 1, 1)
    guard size <= Self.attributeLimit else {
      throw FormatError("'\(name)' has a string of \(size) bytes; an attribute holds 64512")
    }
    let perPart = Self.attributeLimit / size
    if strings.count <= perPart {
      return try set(name, of: path, list: strings)
    }
    for (part, start) in stride(from: 0, to: strings.count, by: perPart).enumerated() {
      try set(
        "\(name)\(part)", of: path,
        list: Array(strings[start..<min(start + perPart, strings.count)]))
    }
  }

  private func set(_ name: String, of path: String, list strings: [String]) throws(FormatError) {
    let (bytes, size) = Self.padded(strings)
    let type = try Self.stringType(size: size)
    try set(name, of: path, type, Self.space([strings.count]), bytes)
  }

  /// Stores a short string of fixed length.
  func set(_ name: String, of path: String, to string: String) throws(FormatError) {
    let (bytes, size) = Self.padded([string])
    let type = try Self.stringType(size: size)
    try set(name, of: path, type, Self.space(nil), bytes)
  }

  /// Stores an integer.
  func set(_ name: String, of path: String, to number: Int) throws(FormatError) {
    let type = try HDF5Handle("prepare a type") { H5Tcopy(ft_h5_native_int32()) }
    try set(name, of: path, type, Self.space(nil), [Int32(clamping: number)])
  }

  /// Stores a string of any length, outside the attribute itself.
  func set(_ name: String, of path: String, toLong string: String) throws(FormatError) {
    let type = try Self.stringType(size: ft_h5_variable_length())
    let space = try Self.space(nil)
    var bytes = Array(string.utf8CString)
    try bytes.withUnsafeMutableBufferPointer { buffer throws(FormatError) in
      try set(name, of: path, type, space, [buffer.baseAddress])
    }
  }

  private func set<Element: BitwiseCopyable>(
    _ name: String, of path: String, _ type: borrowing HDF5Handle, _ space: borrowing HDF5Handle,
    _ values: [Element]
  ) throws(FormatError) {
    let fileID = file.id
    let typeID = type.id
    let spaceID = space.id
    let attribute = try HDF5Handle("create the attribute '\(name)' of '\(path)'") {
      H5Acreate_by_name(
        fileID, path, name, typeID, spaceID, ft_h5_default(), ft_h5_default(), ft_h5_default())
    }
    let id = attribute.id
    _ = try HDF5Library.call("write the attribute '\(name)' of '\(path)'") {
      H5Awrite(id, typeID, values)
    }
  }

  // MARK: Types and spaces

  /// UTF-8 text padded with zeros (`H5T_C_S1`).
  private static func stringType(size: Int) throws(FormatError) -> HDF5Handle {
    let type = try HDF5Handle("prepare a type") { H5Tcopy(ft_h5_c_string()) }
    let id = type.id
    _ = try HDF5Library.call("prepare a type") {
      min(H5Tset_size(id, size), H5Tset_cset(id, H5T_CSET_UTF8), H5Tset_strpad(id, H5T_STR_NULLPAD))
    }
    return type
  }

  /// The extent of a dataset; `nil` means a single value.
  private static func space(_ shape: Shape?) throws(FormatError) -> HDF5Handle {
    guard let shape, shape.rank > 0 else {
      return try HDF5Handle("prepare an extent") { H5Screate(H5S_SCALAR) }
    }
    let dimensions = shape.dimensions.map { hsize_t($0) }
    return try HDF5Handle("prepare an extent") {
      H5Screate_simple(Int32(dimensions.count), dimensions, nil)
    }
  }

  private static func padded(_ strings: [String]) -> (bytes: [UInt8], size: Int) {
    let size = max(strings.lazy.map(\.utf8.count).max() ?? 1, 1)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size * strings.count)
    for string in strings {
      bytes += string.utf8
      bytes += repeatElement(0, count: size - string.utf8.count)
    }
    return (bytes, size)
  }
}
