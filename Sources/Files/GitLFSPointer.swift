/// The few lines of text that stand in a checkout for a large file which Git LFS has not fetched.
public enum GitLFSPointer {
  /// How pointers begin, those of the first releases too.
  private static let starts = [
    "version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/",
  ].map { Array($0.utf8) }

  /// Whether a file with these first bytes is a pointer; 40 bytes are enough to tell.
  public static func isStart(of bytes: some Collection<UInt8>) -> Bool {
    starts.contains { bytes.starts(with: $0) }
  }

  /// What such a file is and what to do: "… is" may come before it.
  public static let explanation =
    "a Git LFS pointer in place of the file, which Git has not fetched; run 'git lfs pull' in its "
    + "repository"
}
