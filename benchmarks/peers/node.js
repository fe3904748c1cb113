// SPDX-License-Identifier: MIT
// Node's http.
'use strict';

const http = require('http');

if (process.argv.length !== 4 || process.argv[2] !== '--port') {
    console.error('usage: --port P');
    process.exit(2);
}
const hello = Buffer.from('Hello, World!');
const big = Buffer.alloc(1 << 20, 'x');

http.createServer((request, response) => {
    const head = {'Content-Type': 'text/plain', 'Server': 'node'};
    if (request.method === 'POST') {
        response.writeHead(200, {...head, 'Content-Length': request.headers['content-length']});
        request.pipe(response);
        return;
    }
    const body = request.url === '/big' ? big : hello;
    response.writeHead(200, {...head, 'Content-Length': body.length});
    response.end(body);
}).listen(Number(process.argv[3]), '127.0.0.1', 4096);
