#pragma once

namespace regard::http_status {

constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kWrongMethod = 405;
constexpr int kTooLarge = 413;
constexpr int kUnsupportedType = 415;
constexpr int kTooManyRequests = 429;
constexpr int kClosedByClient = 499;  ///< for the log: nobody reads it
constexpr int kFailed = 500;
constexpr int kNotImplemented = 501;
constexpr int kUnavailable = 503;

}  // namespace regard::http_status
