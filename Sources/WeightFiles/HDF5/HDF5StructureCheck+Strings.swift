import Files

extension HDF5StructureCheck {
  /// Checks where an attribute keeps its strings of variable length.
  ///
  /// They are in a global heap: a collection of numbered objects, to which the attribute points.
  /// libhdf5 1.10 believes both, and copies or follows whatever a damaged one says.
  /// Format: HDF5 File Format Specification 3.0, sections III.E and IV.A.2.m.
  /// - Parameters:
  ///   - address: of the header of the object that has the attribute.
  ///   - count: of its strings.
  /// - Throws: `FormatError` unless every string is exactly where and as long as is said.
  func checkStrings(attribute name: String, of address: Int, count: Int) throws(FormatError) {
    var isFound = false
    // Strings that follow one another are in one heap, which is walked through once for all of them.
    var latest: (heap: Int, sizes: [Int: Int]) = (0, [:])
    try visitMessages(of: address) { message throws(FormatError) in
      guard message.type == 0x0c, let data = strings(of: message, named: name) else { return }
      isFound = true
      let size = 8 + addressSize
      for index in 0..<count {
        // Where the heap is somewhere, the library looks for the object there, also for one of no length.
        guard let length = number(in: data, at: index * size, 4),
          let heap = number(in: data, at: index * size + 4, addressSize),
          let object = number(in: data, at: index * size + 4 + addressSize, 4)
        else { throw Self.damaged(name) }
        if heap != 0, heap != latest.heap {
          latest = (heap, try sizesOfObjects(inHeap: heap, name))
        }
        guard heap == 0 ? length == 0 : latest.sizes[object] == length else {
          throw Self.damaged(name)
        }
      }
    }
    guard isFound else {
      throw FormatError(
        "stores the attribute '\(name)' in a way that is not read; write it with h5py's defaults, or "
          + "save it from Keras")
    }
  }

  private static func damaged(_ name: String) -> FormatError {
    FormatError("is damaged in the attribute '\(name)'; download or copy it again")
  }

  /// What an attribute of this name points with; `nil` for others and for any in a form that
  /// cannot be made out.
  private func strings(of message: Message, named name: String) -> ArraySlice<UInt8>? {
    let data = message.data
    guard message.flags & 2 == 0, let version = data.first, (1...3).contains(version),
      let nameSize = number(in: data, at: 2, 2), let typeSize = number(in: data, at: 4, 2),
      let spaceSize = number(in: data, at: 6, 2)
    else { return nil }
    // Versions 2 and 3 may share type and extent with others.
    if version > 1, data[data.startIndex + 1] != 0 { return nil }
    func padded(_ size: Int) -> Int { version == 1 ? (size + 7) / 8 * 8 : size }
    let nameAt = version == 3 ? 9 : 8
    let typeAt = nameAt + padded(nameSize)
    let valuesAt = typeAt + padded(typeSize) + padded(spaceSize)
    guard
      data.dropFirst(nameAt).prefix(nameSize).prefix(while: { $0 != 0 }).elementsEqual(name.utf8),
      let type = number(in: data, at: typeAt, 1), type & 15 == 9,
      // What an element takes here, and each of its characters.
      number(in: data, at: typeAt + 4, 4) == 8 + addressSize,
      number(in: data, at: typeAt + 12, 4) == 1
    else { return nil }
    return data.dropFirst(valuesAt)
  }

  /// The sizes of the objects of a global heap by their numbers, all of which must be sound; −1 for a number that
  /// several have.
  private func sizesOfObjects(inHeap address: Int, _ name: String) throws(FormatError)
    -> [Int: Int]
  {
    let head = 8 + lengthSize
    guard let start = file.bytes(at: base + address, head),
      start[0..<4] == [0x47, 0x43, 0x4f, 0x4c],  // "GCOL"
      let size = Self.integer(start[8...]), size >= head,
      let bytes = file.bytes(at: base + address, size)
    else { throw Self.damaged(name) }
    var sizes: [Int: Int] = [:]
    var position = (head + 7) / 8 * 8
    let objectHead = 8 + lengthSize
    while position + objectHead <= size {
      guard let index = number(in: bytes[...], at: position, 2),
        let length = number(in: bytes[...], at: position + 8, lengthSize)
      else { throw Self.damaged(name) }
      // 0 is the room that is left; its length includes its head.
      let step = index == 0 ? length : objectHead + (length + 7) / 8 * 8
      guard step >= objectHead, step <= size - position else { throw Self.damaged(name) }
      if index != 0 { sizes[index] = sizes[index] == nil ? length : -1 }
      position += step
    }
    return sizes
  }
}
