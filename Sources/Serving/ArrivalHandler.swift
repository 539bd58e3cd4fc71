import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import TransferLearning

/// Watches how requests arrive on a connection: each has a time for it, what is no HTTP is answered in JSON, and whoever
/// is answered before the end of the request is not read for long.
///
/// All calls come from the connection's event loop.
final class ArrivalHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limits: ServingLimits
  private let refused: @Sendable (HTTPResponse.Status) -> Void
  /// Whether the first byte of a request has come, but not its last.
  private var isArriving = false
  /// Whether its head has come, too.
  private var hasHead = false
  /// Requests whose head has come and whose answer has not been written to its end.
  private var unanswered = 0
  private var isAnswering = false
  /// Whether nothing is read or answered any more.
  private var isEnding = false
  private var timer: Scheduled<Void>?
  private var bytes: ConnectionBytes?

  /// - Parameter refused: told of what is answered here.
  init(_ limits: ServingLimits, refused: @escaping @Sendable (HTTPResponse.Status) -> Void) {
    self.limits = limits
    self.refused = refused
  }

  func handlerAdded(context: ChannelHandlerContext) {
    // Parts of HTTP do not tell of a head that is incomplete.
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let bytes = ConnectionBytes(patience: limits.arrival) {
      let (handler, context) = bound.value
      handler.bytesArrived(context)
    }
    self.bytes = bytes
    do {
      try context.pipeline.syncOperations.addHandler(bytes, position: .first)
    } catch {
      // The connection is gone already.
      context.close(promise: nil)
    }
    waitForRequest(context)
  }

  /// Ends the connection if nothing comes on it for long.
  private func waitForRequest(_ context: ChannelHandlerContext) {
    schedule(limits.idle, context) { handler, context in
      // Whoever is still taking an answer has nothing to ask yet.
      guard handler.bytes?.waits(on: context.channel) != true else {
        return handler.waitForRequest(context)
      }
      context.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    // It refers to this handler.
    bytes = nil
  }

  private func bytesArrived(_ context: ChannelHandlerContext) {
    guard !isArriving, !isEnding else { return }
    isArriving = true
    startClock(context)
  }

  private func startClock(_ context: ChannelHandlerContext) {
    schedule(limits.arrival, context) { handler, context in
      // What comes behind a request that is not answered yet is not read before.
      guard handler.earlier == 0 else { return handler.startClock(context) }
      let seconds = Int(handler.limits.arrival.inSeconds.rounded(.up))
      handler.refuse(
        Refusal(
          .requestTimeout, "the request did not arrive within \(seconds.counted("second"))"),
        context)
    }
  }

  /// Requests before the one that is arriving which are not answered.
  private var earlier: Int { unanswered - (hasHead ? 1 : 0) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isEnding else { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      hasHead = true
      unanswered += 1
      greet(head, context)
    case .body: break
    case .end:
      (isArriving, hasHead) = (false, false)
      timer?.cancel()
      timer = nil
    }
    context.fireChannelRead(data)
  }

  /// Asks for a body that waits to be asked for, if it may be so large.
  private func greet(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
    guard head.headerFields[.expect]?.lowercased() == "100-continue", unanswered == 1,
      head.headerFields[.contentLength].flatMap(Int.init) ?? 0 <= limits.bodyBytes
    else { return }
    context.writeAndFlush(
      wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isEnding else { return }
    guard !(error is IOError), !(error is ChannelError) else {
      return context.fireErrorCaught(error)
    }
    refuse(Self.refusal(of: error), context)
  }

  private static func refusal(of error: any Error) -> Refusal {
    switch error as? HTTPParserError {
    case .headerOverflow?:
      Refusal(.requestHeaderFieldsTooLarge, "the request's headers are too large")
    case .invalidContentLength?, .unexpectedContentLength?:
      Refusal(.badRequest, "the request's Content-Length is no number, or there are several")
    case .invalidEOFState?: Refusal(.badRequest, "the request ends too early")
    default: Refusal(.badRequest, "this is no request of HTTP/1.1")
    }
  }

  /// Answers in place of the server, unless an answer is on its way, and ends the connection.
  private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
    isEnding = true
    guard earlier == 0, !isAnswering else { return context.close(promise: nil) }
    refused(refusal.status)
    var head = refusal.response.head
    head.headerFields[.connection] = "close"
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(refusal.json)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    linger(context)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isEnding else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head) where isAnsweringEarly:
      isAnswering = true
      head.headerFields[.connection] = "close"
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .head:
      isAnswering = true
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      let wasEarly = isAnsweringEarly
      isAnswering = false
      unanswered -= 1
      guard wasEarly else {
        if unanswered == 0, !isArriving { waitForRequest(context) }
        return context.write(data, promise: promise)
      }
      isEnding = true
      context.writeAndFlush(data, promise: promise)
      linger(context)
    }
  }

  /// Whether the request that is answered has not arrived to its end.
  private var isAnsweringEarly: Bool { isArriving && hasHead && unanswered == 1 }

  /// Says that nothing more comes, and throws away what still arrives for a while: closing at once would take the
  /// answer away from who is still sending.
  private func linger(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    schedule(ServingLimits.lingering, context) { $1.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if isEnding, (event as? ChannelEvent) == .inputClosed {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  private func schedule(
    _ time: Duration, _ context: ChannelHandlerContext,
    _ body: @escaping @Sendable (ArrivalHandler, ChannelHandlerContext) -> Void
  ) {
    timer?.cancel()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: TimeAmount(time)) {
      let (handler, context) = bound.value
      body(handler, context)
    }
  }
}
