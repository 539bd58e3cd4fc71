import Files

/// Reads a photo of a scan into the workspace; the bytes are valid until its next use.
///
/// They have to be those that were scanned: division into splits, copies found and features kept under the
/// photo's digest are about these. A photo that was not scanned has no digest, and may be any.
/// - Throws: also `.unreadable` where the file has another content by now.
func readPhoto(
  _ photo: Photo, below root: String, in workspace: Workspace
) throws(ImageError) -> UnsafeRawBufferPointer {
  let bytes = try readFile(resolve(photo.path, below: root), in: workspace)
  guard photo.digest.isEmpty || ContentDigest(bytes).hexadecimal == photo.digest else {
    throw ImageError(.unreadable, "its content has changed since the photos were scanned")
  }
  return bytes
}
