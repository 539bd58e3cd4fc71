import CMalloc

/// How the C library's allocator keeps what is given back to it, so that the memory of a server does not grow
/// (decision 100).
enum Allocator {
  /// From how many bytes on a block is one of the system's own pages, handed back as it is freed. Left alone
  /// the allocator raises this up to 32 MiB, and weights and pictures leave holes in what it keeps.
  private static let ownPages: Int32 = 256 << 10
  /// How many places blocks are cut from; left alone there is one for each thread, up to eight for each core,
  /// each with holes of its own.
  private static let places: Int32 = 2

  /// Call it before there is a second thread.
  static func configure() {
    mallopt(M_MMAP_THRESHOLD, ownPages)
    mallopt(M_ARENA_MAX, places)
  }
}
