import CFuzzer
import Foundation

/// Gives what libFuzzer makes up to the target that `FUZZ_TARGET` names; everything else on the command line is
/// libFuzzer's. `Tools/fuzz.sh` starts it.
guard let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"],
  let target = FuzzTarget.named(name)
else {
  print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
  exit(64)
}
FuzzTarget.chosen = target
var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments) { tryOut($0, $1) })

/// The name that libFuzzer's own `main` calls, which linkers may want though ours is in its place.
@_cdecl("LLVMFuzzerTestOneInput")
func tryOut(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  FuzzTarget.chosen?.tryOut(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
