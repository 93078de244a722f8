#include "http/server.h"

/* RFC 9110, 15, and RFC 6585; by class and number within it. */
static const char *const reasons[][32] = {
	[2] = { "OK", "Created", "Accepted", [4] = "No Content" },
	[3] = { [1] = "Moved Permanently",
		"Found",
		"See Other",
		"Not Modified",
		[7] = "Temporary Redirect",
		"Permanent Redirect" },
	[4] = { "Bad Request",
		"Unauthorized",
		[3] = "Forbidden",
		"Not Found",
		"Method Not Allowed",
		"Not Acceptable",
		[8] = "Request Timeout",
		"Conflict",
		"Gone",
		"Length Required",
		"Precondition Failed",
		"Content Too Large",
		"URI Too Long",
		"Unsupported Media Type",
		[17] = "Expectation Failed",
		[21] = "Misdirected Request",
		"Unprocessable Content",
		[25] = "Too Early",
		[28] = "Precondition Required",
		"Too Many Requests",
		[31] = "Request Header Fields Too Large" },
	[5] = { "Internal Server Error", "Not Implemented", "Bad Gateway",
		"Service Unavailable", "Gateway Timeout",
		"HTTP Version Not Supported" },
};

const char *http_reason(int status)
{
	const char *reason = NULL;

	if (status >= 200 && status <= 599 && status % 100 < 32)
		reason = reasons[status / 100][status % 100];
	return reason ? reason : "Unknown";
}
