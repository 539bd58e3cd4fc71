/// A file to be checked.
struct Candidate {
  let path: String
  let label: Int
  var group: String?
}
