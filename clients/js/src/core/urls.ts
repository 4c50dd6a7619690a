export function isAbsolute(url: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(url);
}

/** A path is below the base URL, with or without a slash before it. */
export function resolveUrl(baseURL: string, path: string): string {
  const url = isAbsolute(path) ? path : `${baseURL}/${path.replace(/^\/+/, "")}`;
  if (isAbsolute(url)) return url;
  throw new TypeError(`There is no page that baseURL "${baseURL}" could belong to: give an absolute one.`);
}
