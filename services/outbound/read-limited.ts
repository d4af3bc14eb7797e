/** The beginning of a body, at most `limit` bytes; what comes after is cancelled, not read. Bytes that are no UTF-8 show as U+FFFD. */
export async function readLimited(response: Response, limit: number): Promise<{ text: string; whole: boolean }> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { text: '', whole: true };
  const bytes = new Uint8Array(limit);
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: new TextDecoder().decode(bytes.subarray(0, size)), whole: true };
    const part = value.subarray(0, limit - size);
    bytes.set(part, size);
    size += part.byteLength;
    if (size === limit) {
      await reader.cancel();
      return { text: new TextDecoder().decode(bytes), whole: false };
    }
  }
}
