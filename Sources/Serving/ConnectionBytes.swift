import Foundation
import NIOCore

/// Watches the bytes of a connection, below all that is HTTP: tells when some come, and closes a connection whose other
/// side takes nothing of what is written for it.
///
/// Whoever takes something, however little, has the whole time again. All calls come from the connection's event loop.
final class ConnectionBytes: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// How often in the time that the other side has it is looked whether something was taken.
  private static let looks = 4

  private let patience: Duration
  private let arrived: () -> Void
  /// Bytes that were written, sent or not.
  private var written = 0
  /// Those of them that the other side had taken at the last look.
  private var taken = 0
  /// Looks since it took something.
  private var looksInVain = 0
  private var nextLook: Scheduled<Void>?

  /// - Parameters:
  ///   - patience: in which the other side has to take something.
  ///   - arrived: told when bytes come, before anybody has looked at them.
  init(patience: Duration, arrived: @escaping () -> Void) {
    self.patience = patience
    self.arrived = arrived
  }

  /// Whether the other side still has its time to take something. Only for the channel's event loop.
  func waits(on channel: any Channel) -> Bool { nextLook != nil && channel.untakenBytes > 0 }

  func handlerRemoved(context: ChannelHandlerContext) {
    nextLook?.cancel()
    nextLook = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    arrived()
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    written += unwrapOutboundIn(data).readableBytes
    context.write(data, promise: promise)
  }

  func flush(context: ChannelHandlerContext) {
    context.flush()
    guard nextLook == nil else { return }
    let untaken = context.channel.untakenBytes
    guard untaken > 0 else { return }
    (taken, looksInVain) = (written - untaken, 0)
    lookLater(context)
  }

  private func lookLater(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    nextLook = context.eventLoop.scheduleTask(in: TimeAmount(patience / Self.looks)) {
      let (handler, context) = bound.value
      handler.look(context)
    }
  }

  private func look(_ context: ChannelHandlerContext) {
    nextLook = nil
    let untaken = context.channel.untakenBytes
    guard untaken > 0 else { return }
    looksInVain = written - untaken > taken ? 0 : looksInVain + 1
    taken = written - untaken
    guard looksInVain < Self.looks else { return context.close(promise: nil) }
    lookLater(context)
  }
}

extension Channel {
  /// Bytes that were written and that the other side has not taken.
  fileprivate var untakenBytes: Int { waitingBytes + bytesOnTheirWay }

  /// Those that wait for room in the system's buffer.
  private var waitingBytes: Int {
    (try? syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)) ?? 0
  }

  /// Those in the system's buffer; 0 where the system does not tell.
  ///
  /// It has room for megabytes and says so only when a third is free, for which slow readers need minutes.
  private var bytesOnTheirWay: Int {
    let told = try? pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { socket -> Int in
      var bytes: CInt = 0
      return ioctl(socket, UInt(TIOCOUTQ), &bytes) == 0 ? Int(bytes) : 0
    }
    return told ?? 0
  }
}
