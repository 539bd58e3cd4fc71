import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TransferLearning

/// What the server answers on which path.
struct Routes: HTTPResponder {
  typealias Context = BasicRequestContext

  private enum Route: String, CaseIterable {
    case page = "/"
    case predict = "/predict"
    case explain = "/explain"
    case health = "/health"
    case metrics = "/metrics"

    var methods: [HTTPRequest.Method] {
      switch self {
      case .page, .health, .metrics: [.get, .head]
      case .predict, .explain: [.post]
      }
    }
  }

  private static let classesNamed = 5

  let service: PhotoService
  let source: RequestSource

  func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
    let start = ContinuousClock.now
    service.metrics.began()
    let route = Route(rawValue: request.uri.path)
    let response = await answer(request, route)
    service.metrics.answered(
      route?.rawValue ?? "other", response.status.code, seconds: start.secondsAgo)
    return response
  }

  private func answer(_ request: Request, _ route: Route?) async -> Response {
    let response = await judged(request, route)
    // A refusal too has no body there: what follows would be taken for the next answer.
    return request.method == .head ? response.createHeadResponse() : response
  }

  /// The answer, or why there is none.
  private func judged(_ request: Request, _ route: Route?) async -> Response {
    do {
      return try await checked(request, route)
    } catch let refusal as Refusal {
      return refusal.response
    } catch let error as ImageError {
      return Refusal(HTTPResponse.Status(error.kind), error.message).response
    } catch {
      service.report("a request failed: \(error)")
      return Refusal(.internalServerError, "an error in this program: \(error)").response
    }
  }

  private func checked(_ request: Request, _ route: Route?) async throws -> Response {
    try source.check(request.head)
    guard let route else {
      let paths = Route.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal(.notFound, "there is nothing at this path; there is \(paths)")
    }
    guard route.methods.contains(request.method) else {
      let allowed = route.methods.map(\.rawValue).joined(separator: ", ")
      throw Refusal(
        .methodNotAllowed, "\(route.rawValue) takes \(allowed)", headers: [.allow: allowed])
    }
    switch route {
    case .page: return ServingPage.response
    case .predict: return try await predict(request)
    case .explain: return try await explain(request)
    case .health: return try Response(Health(service.model))
    case .metrics:
      return Response(
        type: "text/plain; version=0.0.4; charset=utf-8", ByteBuffer(string: service.metricsText))
    }
  }

  private func predict(_ request: Request) async throws -> Response {
    let count = try number("top", of: request, in: 1...Int(Int32.max)) ?? Self.classesNamed
    let model = service.model
    try service.requireRoom()
    let body = try await PhotoBody(of: request, service.limits, service.held)
    let outcomes = try await service.answer(body.photos.map(\.bytes), by: model)
    let answers = zip(body.photos, outcomes).map {
      PhotoAnswer($0.name, $1, count: count, threshold: model.limit?.threshold)
    }
    let failures = outcomes.compactMap { outcome -> ImageError? in
      if case .failure(let error) = outcome { error } else { nil }
    }
    guard failures.count == outcomes.count, let first = failures.first else {
      return try Response(PhotoAnswers(answers))
    }
    return try Response(
      status: HTTPResponse.Status(first.kind), PhotoAnswers(answers, error: first.message))
  }

  private func explain(_ request: Request) async throws -> Response {
    let model = service.model
    let label = try number("class", of: request, in: 0...model.classifier.labels.count - 1)
    try service.requireRoom()
    let body = try await PhotoBody(of: request, service.limits, service.held)
    guard body.photos.count == 1 else {
      throw Refusal(.badRequest, "one photo is explained at a time, not \(body.photos.count)")
    }
    let picture = try await service.explain(body.photos[0].bytes, by: model, label: label)
    return Response(type: "image/png", ByteBuffer(bytes: picture))
  }

  /// A number behind the path: `?top=3`.
  private func number(
    _ name: String, of request: Request, in range: ClosedRange<Int>
  ) throws -> Int? {
    guard let text = request.uri.queryParameters[name[...]] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw Refusal(
        .badRequest,
        "\(name) is to be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}

/// What a watchman asks for, and the page.
private struct Health: Encodable {
  let status = "ok"
  let model: String
  let base: String
  let classes: [String]
  /// Whether a photo may show several of them.
  let multiLabel: Bool
  /// How sure an answer has to be; `nil` where all are given.
  let answersFrom: Double?
  let imageSize: [Int]
  let loaded: String
  let version = Toolkit.version

  init(_ model: ServedModel) {
    self.model = model.name
    base = model.classifier.provenance.base
    classes = model.classifier.labels
    multiLabel = model.classifier.thresholds != nil
    answersFrom = model.limit?.threshold
    imageSize = [model.classifier.imageSize.height, model.classifier.imageSize.width]
    loaded = model.loaded.formatted(.iso8601)
  }
}
