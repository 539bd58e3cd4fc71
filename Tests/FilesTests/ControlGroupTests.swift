import Files
import Foundation
import TestSupport
import Testing

@Suite("Control groups")
struct ControlGroupTests {
  private struct Files {
    let folder: TemporaryFolder

    init(_ files: [String: String]) throws {
      folder = try TemporaryFolder()
      for (path, text) in files { try folder.write(path, "\(text)\n".utf8) }
    }

    /// Carries out a test while the files are there.
    func group<Result>(_ membership: String, _ body: (ControlGroup) throws -> Result) rethrows
      -> Result
    {
      try withExtendedLifetime(folder) {
        try body(ControlGroup(root: folder.url, membership: membership))
      }
    }
  }

  @Test("of version 2 limit by the narrowest of the group and those above it")
  func second() throws {
    try Files([
      "a/memory.max": "1000", "a/memory.current": "900",
      "a/memory.stat": "anon 5\ninactive_file 300",
      "a/b/memory.max": "max", "a/b/memory.current": "10",
      "a/cpu.max": "150000 100000", "a/b/cpu.max": "max 100000",
    ]).group("0::/a/b\n") { group in
      #expect(group.memoryLimit == 1000)
      #expect(group.availableMemory == 400)
      #expect(group.processors == 1.5)
    }
  }

  @Test("of version 1 are found by controller")
  func first() throws {
    try Files([
      "memory/x/memory.limit_in_bytes": "4096", "memory/x/memory.usage_in_bytes": "5000",
      "memory/x/memory.stat": "total_inactive_file 0",
      "cpu/y/cpu.cfs_quota_us": "50000", "cpu/y/cpu.cfs_period_us": "100000",
    ]).group("4:memory:/x\n2:cpu,cpuacct:/y\n0::/\n") { group in
      #expect(group.memoryLimit == 4096 && group.availableMemory == 0)
      #expect(group.processors == 0.5)
    }
  }

  @Test("within a container lie at the top, whatever the path says")
  func container() throws {
    try Files(["memory.max": "77", "memory.current": "7"]).group("0::/docker/abc\n") { group in
      #expect(group.memoryLimit == 77 && group.availableMemory == 70)
    }
  }

  @Test(
    "that limit nothing, or tell nonsense, are none",
    arguments: [
      [:], ["memory.max": "max", "cpu.max": "max 100000"],
      ["memory.max": "much", "cpu.max": "-1 100000"],
      ["memory/memory.limit_in_bytes": "9223372036854771712", "cpu/cpu.cfs_quota_us": "-1"],
    ])
  func unlimited(_ files: [String: String]) throws {
    try Files(files).group("0::/\n4:memory:/\n1:cpu:/\n") { group in
      #expect(group.memoryLimit == nil && group.availableMemory == nil && group.processors == nil)
    }
  }
}
