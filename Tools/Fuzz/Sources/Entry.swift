import Foundation

/// What libFuzzer calls first. `Tools/fuzz.sh` starts it: `FUZZ_TARGET` names the target, and everything on the
/// command line is libFuzzer's. Without the name of one it prints all.
@_cdecl("LLVMFuzzerInitialize")
func begin(
  _ count: UnsafeMutablePointer<CInt>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
  guard let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"],
    let target = FuzzTarget.named(name)
  else {
    print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
    exit(64)
  }
  FuzzTarget.chosen = target
  return 0
}

/// What it calls with all that it makes up.
@_cdecl("LLVMFuzzerTestOneInput")
func tryOut(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzTarget.chosen?.tryOut(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
