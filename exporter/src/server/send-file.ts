// A large file as the body of an answer, through one piece of memory: a stream leaves every piece that it reads to the
// garbage collector, which stops the event loop sooner or later for all that a download of 50 MB has left.

import { open } from 'node:fs/promises';
import type { Response } from 'express';

const PIECE_BYTES = 256 * 1024;

/** Sends a file of that many bytes; cuts the connection where the file turns out to be another or the reader is gone. */
export async function sendFile(response: Response, path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r');
  try {
    response.set('Content-Length', String(bytes));
    if (response.req.method === 'HEAD') {
      response.end();
      return;
    }
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, bytes));
    for (let at = 0; at < bytes;) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, bytes - at), at);
      if (bytesRead === 0) throw new Error(`${path} ends after ${at} bytes of ${bytes}`);
      // Once it is written, the memory is free for the next.
      await written(response, piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    response.end();
  } catch (error) {
    // After the first byte an error has no other way to be told.
    if (!response.headersSent) throw error;
    response.destroy();
  } finally {
    await file.close();
  }
}

function written(response: Response, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
