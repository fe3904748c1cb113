// SPDX-License-Identifier: MIT
// Names for declarations in headers that do not want to include what they mention.
#ifndef GUST_FWD_HPP
#define GUST_FWD_HPP

namespace gust {

class Chunk;
class FieldName;
class FieldValue;
class HTTPConnection;
class HTTPHeaders;
class HTTPServerRequest;
class Loop;
class PeerAddress;
class MethodSet;
class Response;
class ResponseHandle;
class TCPTransport;
class UnixTransport;
struct HTTP1ConnectionParameters;
struct HTTPMessageDelegate;
struct RequestStartLine;
struct ResponseStartLine;
struct StopReport;
struct UUID;

template <class Stream>
class HTTP1Connection;
template <class Stream, class Core>
class HTTP1ServerConnection;
template <class... Items>
class Router;
template <class Derived>
class TCPServer;

} // namespace gust

#endif // GUST_FWD_HPP
