import Foundation
import Serving
import TestSupport
import Testing
import TransferLearning

@Suite("Answers that nobody takes")
struct UntakenAnswerTests {
  /// With answers of 12 MB: more than the system holds between both ends of a connection.
  private static let many = 1000
  private static let requests = String(
    repeating: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", count: many)

  @Test("end their connection in time, so that others are served")
  func others() async throws {
    var limits = ServingLimits.patient
    limits.arrival = .milliseconds(300)
    limits.connections = 1
    try await ServedForTest.run(.plain, limits) { served in
      let (answer, seconds) = try await onConnection(to: served.port) { greedy in
        // Once it is served, it takes the only place; before that, several may be let in at once.
        greedy.send("GET", "/health")
        _ = try greedy.receive()
        let start = ContinuousClock.now
        greedy.send(Self.requests)
        let other = try RawConnection(port: served.port)
        other.send("GET", "/health")
        return (try other.receive(), start.secondsAgo)
      }
      #expect(answer.status == 200)
      #expect(seconds > 0.25)
    }
  }

  @Test("do not keep the server from ending")
  func end() async throws {
    var limits = ServingLimits.patient
    limits.arrival = .milliseconds(500)
    let greedy = try await ServedForTest.run(.plain, limits) { served in
      try await onConnection(to: served.port) { greedy in
        greedy.send(Self.requests)
        guard greedy.hasAnswer(within: 60_000) else {
          throw RawConnection.Failure("nothing is answered")
        }
        // Until no more can be sent to it, if the machine is not too busy.
        usleep(200_000)
        return greedy
      }
    }
    // The client has been there all the time.
    var answers = 0
    while (try? greedy.receive()) != nil { answers += 1 }
    #expect(answers < Self.many)
  }

  @Test("at once, but little by little, are sent to their end")
  func slowly() async throws {
    var limits = ServingLimits.patient
    limits.arrival = .milliseconds(1500)
    try await ServedForTest.run(.plain, limits) { served in
      let statuses = try await onConnection(to: served.port) { slow in
        slow.send(Self.requests)
        return try (0..<Self.many).map { index in
          if index < 100 { usleep(25_000) }
          return try slow.receive().status
        }
      }
      #expect(statuses.allSatisfy { $0 == 200 })
    }
  }
}
