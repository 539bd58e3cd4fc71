import Foundation
import NIOCore
import NIOPosix
import TransferLearning

/// Why an address cannot be listened on.
package struct ServingError: Remediable, Hashable {
  /// What is wrong with which address, and what to take instead.
  package let sentence: Sentence

  init(cannotListenOn address: String, _ error: any Error) {
    let number = (error as? IOError)?.errnoCode
    let reason = number.map { systemMessage($0) } ?? Self.reason(error)
    sentence =
      switch number {
      case EADDRINUSE:
        "cannot listen on \(address): another program does already; take \(.otherPort)"
      case EACCES, EPERM:
        "cannot listen on \(address): \(reason); take \(.otherPort), from 1024 on"
      default:
        "cannot listen on \(address): \(reason); take \(.otherHost) of this machine"
      }
  }

  private static func reason(_ error: any Error) -> String {
    error is SocketAddressError || error is NIOConnectionError
      ? "there is no such address" : "\(error)"
  }
}
