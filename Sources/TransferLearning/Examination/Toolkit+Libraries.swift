internal import CCurl
import Files
import ImagePipeline
import TensorKernels
import WeightFiles

extension Toolkit {
  /// The libraries of others that compute, read and download in this process.
  package static var libraries: [LibraryVersion] {
    BackendChoice.allCases.map { choice in
      let words = choice.backend.version.split(separator: " ").map(String.init)
      return LibraryVersion(words.first ?? "", words.dropFirst().first ?? "")
    }
      + WeightLibraries.versions + ImageLibraries.versions
      + [LibraryVersion("libcurl", String(cString: ft_curl_version()))]
  }
}
