// libcurl for Swift: its options are set by a variadic function, which Swift cannot call.
#pragma once
#include <curl/curl.h>

/// Takes `size * count` bytes; returns how many it has taken, and ends the transfer by another number.
typedef size_t (*ft_curl_taker)(char *bytes, size_t size, size_t count, void *context);

/// The version of the library that runs.
static inline const char *ft_curl_version(void) { return curl_version_info(CURLVERSION_NOW)->version; }

/// Prepares the library, before anything else.
static inline int ft_curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }

static inline int ft_curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value) == CURLE_OK;
}

static inline int ft_curl_set_number(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value) == CURLE_OK;
}

/// What gets the lines of the header and the bytes of the body.
static inline int ft_curl_set_takers(CURL *handle, ft_curl_taker header, ft_curl_taker body, void *context) {
  return curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, header) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_HEADERDATA, context) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, body) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_WRITEDATA, context) == CURLE_OK;
}

/// Called about once a second while the transfer runs, and more often while something comes; ends it by another
/// number than 0. The four numbers are bytes, of which nothing is needed here.
typedef int (*ft_curl_watcher)(
    void *context, curl_off_t to_come, curl_off_t came, curl_off_t to_go, curl_off_t gone);

/// What is asked whether the transfer may go on.
static inline int ft_curl_set_watcher(CURL *handle, ft_curl_watcher watcher, void *context) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, watcher) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
}

/// The request's own header fields; the list has to stay until the transfer is over.
static inline int ft_curl_set_fields(CURL *handle, struct curl_slist *fields) {
  return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields) == CURLE_OK;
}

/// Only the web: no files, no mail.
static inline int ft_curl_allow_web_only(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) == CURLE_OK;
#endif
}
