import Files
import Foundation
import TestSupport
import Testing

@Suite("Files")
struct FileTests {
  @Test("have the published digests of their bytes")
  func digests() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "abc")
      try AtomicFile.write(Array("abc".utf8), to: url)
      // FIPS 180-4 and RFC 1321.
      let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      #expect(try FileDigest.sha256(of: url) == sha256)
      #expect(try FileDigest.md5(of: url) == "900150983cd24fb0d6963f7d28e17f72")
      #expect(try FileDigest.sha256(sha256.uppercased()).matches(url))
      #expect(try !FileDigest.md5("00").matches(url))
      #expect(try FileDigest.none.matches(url))
      var pieces = ContentDigest()
      pieces.add("a")
      pieces.add(Array("bc".utf8))
      #expect(pieces.hexadecimal == sha256)
      #expect(ContentDigest(Array("abc".utf8)).bytes.count == ContentDigest.byteCount)
    }
    let error = #expect(throws: FileError.self) {
      try FileDigest.sha256(of: URL(filePath: "/nowhere/abc"))
    }
    #expect(error?.kind == .missing)
    #expect(error?.message == "'/nowhere/abc' cannot be read: No such file or directory")
  }

  @Test("in the making have a name that no other has and every file system takes")
  func draftNames() {
    let target = URL(filePath: "/data/" + String(repeating: "ä", count: 127))
    let names = (0..<100).map { _ in DraftName.url(beside: target) }
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name.deletingLastPathComponent().path == "/data")
      #expect(name.lastPathComponent.hasPrefix(".ä") && name.pathExtension == "tmp")
      #expect(name.lastPathComponent.utf8.count <= 255)
    }
  }

  @Test("may be dated at the end of time")
  func dates() throws {
    for (seconds, rest, expected) in [
      (1, 5, 1_000_000_005), (-1, 5, -999_999_995), (1 << 40, 0, Int.max),
      (.max, 999_999_999, .max),
      (-1 << 40, 0, .min), (9_223_372_036, 854_775_807, .max),
      (9_223_372_036, 854_775_806, .max - 1),
    ] {
      #expect(timespec(tv_sec: seconds, tv_nsec: rest).nanoseconds == expected)
    }
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "late")
      try Data([1]).write(to: file)
      let year2300 = timespec(tv_sec: 10_413_792_000, tv_nsec: 0)
      try #require(utimensat(AT_FDCWD, file.path, [year2300, year2300], 0) == 0)
      #expect(FileStatus(file.path)?.byteCount == 1)
    }
  }

  @Test("that grow keep what was in them, and one that must be new is not opened twice")
  func appending() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "log")
      for text in ["one ", "two"] {
        let file = try AppendingFile(url)
        file.append(Data(text.utf8))
        try file.check()
      }
      #expect(try String(contentsOf: url, encoding: .utf8) == "one two")
      #expect(try AppendingFile(new: url) == nil)
      #expect(try AppendingFile(new: folder.appending(path: "new")) != nil)
      let error = #expect(throws: FileError.self) { try AppendingFile(folder) }
      #expect(error?.kind == .cannotCreate)
    }
  }

  @Test("that cannot grow keep their first error")
  func fullDevice() throws {
    let file = try AppendingFile(URL(filePath: "/dev/full"))
    file.append(Data([1]))
    file.append(Data([2]))
    let error = #expect(throws: FileError.self) { try file.check() }
    #expect(error?.kind == .inputOutput)
    #expect(error?.message == "writing '/dev/full' failed: No space left on device")
  }

  @Test("are known by kind and size, links by themselves or by where they lead")
  func status() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      try Data([1, 2, 3]).write(to: file)
      let link = folder.appending(path: "link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
      #expect(FileStatus(folder.path)?.kind == .folder)
      #expect(FileStatus("/dev/null")?.kind == .special)
      #expect(FileStatus(unfollowed: link.path)?.kind == .link)
      let status = try #require(FileStatus(link.path))
      #expect(status.kind == .file && status.byteCount == 3)
      #expect(status.inode == FileStatus(file.path)?.inode)
      #expect(FileStatus(folder.appending(path: "none").path) == nil)
      #expect(realPath(link.path) == realPath(file.path))
      #expect(realPath(folder.appending(path: "none").path) == nil)
    }
  }

  @Test(
    "are read as a whole when they are files and no larger than expected; nothing is waited for")
  func whole() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      try Data(0..<200).write(to: file)
      #expect(try InputFile.read(file) == Data(0..<200))
      #expect(try InputFile.read(file, atMost: 200) == Data(0..<200))
      let pipe = folder.appending(path: "pipe")
      try #require(mkfifo(pipe.path, 0o600) == 0)
      for (url, limit, message) in [
        (pipe, 9, "it is a pipe or device, expected a file"), (folder, 9, "it is a folder"),
        (URL(filePath: "/dev/zero"), 9, "it is a pipe or device"),
        (file, 199, "it has 200 bytes, more than the 199"),
        (folder.appending(path: "none"), 9, "No such file"),
      ] {
        let error = #expect(throws: FormatError.self) { try InputFile.read(url, atMost: limit) }
        #expect(error?.message.hasPrefix("cannot be read: \(message)") == true)
      }
      #expect(throws: FileError.self) { try FileDigest.sha256(of: pipe) }
      #expect(throws: FileError.self) { try AppendingFile(pipe) }
      #expect(throws: FormatError.self) { _ = try FileBytes(path: pipe.path) }
    }
  }

  @Test("are read by position, never beyond their end")
  func positions() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "file")
      try Data(0..<10).write(to: url)
      let memory = try #require(MemoryBytes(byteCount: 10))
      memory.buffer.copyBytes(from: 0..<10)
      let onDisk = try FileBytes(path: url.path)
      let inMemory = FileBytes(memory)
      #expect(onDisk.byteCount == 10 && inMemory.byteCount == 10)
      for (offset, count) in [(0, 10), (3, 4), (10, 0), (9, 2), (-1, 1), (0, -1), (.max, 1)] {
        let expected =
          offset >= 0 && count >= 0 && offset <= 10 && count <= 10 - offset
          ? (0..<count).map { UInt8(offset + $0) } : nil
        #expect(onDisk.bytes(at: offset, count) == expected)
        #expect(inMemory.bytes(at: offset, count) == expected)
      }
    }
    let error = #expect(throws: FormatError.self) { _ = try FileBytes(path: "/nowhere/file") }
    #expect(error?.message == "cannot be opened: No such file or directory")
  }

  @Test(
    "that are not created are a matter of the disk or of the place",
    arguments: [(ENOSPC, .inputOutput), (EDQUOT, .inputOutput), (EACCES, .cannotCreate)]
      as [(Int32, FileError.Kind)])
  func creation(number: Int32, kind: FileError.Kind) {
    let error = FileError(number, notCreated: "no 'x'")
    #expect(error.kind == kind)
    #expect(error.message == "no 'x': \(String(cString: strerror(number)))")
  }

  @Test("of outputs are refused before any work")
  func outputs() throws {
    try withTemporaryFolder { folder in
      func refusal(_ body: () throws(FileError) -> Void) -> FileError? {
        do throws(FileError) {
          try body()
          return nil
        } catch { return error }
      }
      let old = folder.appending(path: "old")
      try Data([1]).write(to: old)
      for file in [old, folder.appending(path: "new")] {
        #expect(
          refusal { () throws(FileError) in try OutputCheck.requireCreatable(file: file) } == nil)
      }
      for file in [folder, old.appending(path: "x"), folder.appending(path: "none/x")] {
        let error = refusal { () throws(FileError) in try OutputCheck.requireCreatable(file: file) }
        #expect(error?.kind == .cannotCreate)
      }
      #expect(
        refusal { () throws(FileError) in try OutputCheck.requireNew(folder: old) }?.kind
          == .cannotCreate)
      let deep = folder.appending(path: "a/b")
      #expect(refusal { () throws(FileError) in try OutputCheck.requireNew(folder: deep) } == nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["old"])
    }
  }
}

@Suite("Durations")
struct DurationTests {
  @Test("are seconds")
  func seconds() {
    #expect(Duration.milliseconds(1500).inSeconds == 1.5)
    #expect((ContinuousClock.now - .seconds(2)).secondsAgo >= 2)
  }
}
