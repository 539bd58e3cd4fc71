internal import CHDF5
import Files

extension HDF5File {
  /// The strings of an attribute, of fixed or variable length; `nil` when the object has no such
  /// attribute.
  ///
  /// - Throws: `FormatError` when there is no such object or the attribute does not hold strings.
  func strings(attribute name: String, of path: String) throws(FormatError) -> [String]? {
    guard let resolved = try resolve(path) else { throw FormatError("has no '\(path)'") }
    let owner = try open(resolved)
    guard let object = try owner.id(of: name) else { return nil }
    let id = object.id
    let place = "the attribute '\(name)' of '\(path)'"
    let space = try HDF5Handle("examine \(place)") { H5Aget_space(id) }
    let spaceID = space.id
    let count = Int(
      try HDF5Library.call("examine \(place)") { H5Sget_simple_extent_npoints(spaceID) })
    // An empty list carries no type worth looking at: Keras writes it as float64.
    if count == 0 { return [] }
    let type = try HDF5Handle("examine \(place)") { H5Aget_type(id) }
    let typeID = type.id
    guard HDF5Library.query({ H5Tget_class(typeID) }) == H5T_STRING else {
      throw FormatError("has numbers where strings are expected, in \(place)")
    }
    let isVariable = try HDF5Library.call("examine \(place)") { H5Tis_variable_str(typeID) } > 0
    let size = HDF5Library.query { H5Tget_size(typeID) }
    let (total, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, size > 0, total <= byteCount else {
      throw FormatError("declares more than the file's size in \(place)")
    }
    if isVariable { try checkStrings(attribute: name, of: owner, resolved, count: count) }
    return isVariable
      ? try variableStrings(id, typeID, spaceID, count, place)
      : try fixedStrings(id, typeID, count: count, size: size, place)
  }

  /// The strings of an attribute that Keras split into `name0`, `name1`… because an attribute holds
  /// at most 64 KiB; `nil` when there is neither.
  func chunkedStrings(attribute name: String, of path: String) throws(FormatError) -> [String]? {
    if let whole = try strings(attribute: name, of: path) { return whole }
    var joined: [String]?
    var part = 0
    while let next = try strings(attribute: "\(name)\(part)", of: path) {
      joined = (joined ?? []) + next
      part += 1
    }
    return joined
  }

  /// The only string of an attribute; `nil` when the object has no such attribute.
  func string(attribute name: String, of path: String) throws(FormatError) -> String? {
    guard let all = try strings(attribute: name, of: path) else { return nil }
    guard all.count == 1 else {
      throw FormatError(
        "has \(all.count) strings in the attribute '\(name)' of '\(path)', expected 1")
    }
    return all[0]
  }

  /// The only integer of an attribute; `nil` when the object has no such attribute.
  func integer(attribute name: String, of path: String) throws(FormatError) -> Int? {
    guard let resolved = try resolve(path) else { throw FormatError("has no '\(path)'") }
    guard let object = try open(resolved).id(of: name) else { return nil }
    let id = object.id
    let place = "the attribute '\(name)' of '\(path)'"
    let type = try HDF5Handle("examine \(place)") { H5Aget_type(id) }
    let space = try HDF5Handle("examine \(place)") { H5Aget_space(id) }
    let (typeID, spaceID) = (type.id, space.id)
    guard HDF5Library.query({ H5Tget_class(typeID) }) == H5T_INTEGER,
      HDF5Library.query({ H5Sget_simple_extent_npoints(spaceID) }) == 1
    else { throw FormatError("has no single integer in \(place)") }
    var value: Int32 = 0
    _ = try HDF5Library.call("read \(place)") { H5Aread(id, ft_h5_native_int32(), &value) }
    return Int(value)
  }

  private func fixedStrings(
    _ attribute: Int64, _ type: Int64, count: Int, size: Int, _ place: String
  ) throws(FormatError) -> [String] {
    let memory = try HDF5Handle("examine \(place)") { H5Tcopy(type) }
    let memoryID = memory.id
    var bytes = [UInt8](repeating: 0, count: count * size)
    _ = try HDF5Library.call("read \(place)") { H5Aread(attribute, memoryID, &bytes) }
    let isSpacePadded = HDF5Library.query { H5Tget_strpad(type) } == H5T_STR_SPACEPAD
    return (0..<count).map { index in
      var text = bytes[index * size..<(index + 1) * size].prefix { $0 != 0 }
      if isSpacePadded { while text.last == UInt8(ascii: " ") { text.removeLast() } }
      return String(decoding: text, as: UTF8.self)
    }
  }

  private func variableStrings(
    _ attribute: Int64, _ type: Int64, _ space: Int64, _ count: Int, _ place: String
  ) throws(FormatError) -> [String] {
    let memory = try HDF5Handle("examine \(place)") { H5Tcopy(type) }
    let memoryID = memory.id
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    _ = try HDF5Library.call("read \(place)") { H5Aread(attribute, memoryID, &pointers) }
    defer {
      _ = HDF5Library.query { H5Dvlen_reclaim(memoryID, space, ft_h5_default(), &pointers) }
    }
    return pointers.map { $0.map { String(cString: $0) } ?? "" }
  }
}

extension HDF5Handle {
  /// This object's attribute of a name, opened (`H5Aopen`); `nil` when there is none.
  fileprivate borrowing func id(of attribute: String) throws(FormatError) -> HDF5Handle? {
    let object = id
    let exists = try HDF5Library.call("look for the attribute '\(attribute)'") {
      H5Aexists(object, attribute)
    }
    guard exists > 0 else { return nil }
    return try HDF5Handle("open the attribute '\(attribute)'") {
      H5Aopen(object, attribute, ft_h5_default())
    }
  }
}
