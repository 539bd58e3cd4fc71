/// What a server takes upon itself, so that no client can have more of the machine than its share.
package struct ServingLimits: Hashable, Sendable {
  /// The most bytes of a request's body.
  package var bodyBytes = 32 << 20
  /// A photo with more pixels is not decoded.
  package var pixels = 50_000_000
  /// Photos that wait or are answered; requests beyond are refused for the moment.
  package var waitingPhotos = 256
  /// Photos that are computed at once.
  package var batchSize = 16
  /// Connections that are open; others wait until one is closed.
  package var connections = 256
  /// In which a request has to arrive, from its first byte to its last, and in which a client has to take something of
  /// what is answered.
  package var arrival = Duration.seconds(60)
  /// After which a connection is closed on which nothing comes and all that was answered is taken.
  package var idle = Duration.seconds(60)

  /// The most bytes of all bodies together: those of a few of the largest, or of many photos as they usually are.
  package var heldBytes = 256 << 20

  package init() {}

  /// Pictures of where a classifier looks that wait; each takes the time of several answers.
  static let waitingLooks = 16
  /// The most photos in one request; more of them wait no shorter than in several.
  static let photosInRequest = 64
  /// For how long photos that are being decoded are waited for before fewer than a batch are computed.
  static let gathering = Duration.milliseconds(4)
  /// For how long what a refused client still sends is thrown away, so that it reads why.
  static let lingering = Duration.seconds(2)
}
