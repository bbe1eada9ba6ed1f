/** The text with passwords in URLs (`scheme://user:password@host`) replaced: nothing stored or printed holds one. */
export function withoutPasswords(text: string): string {
  return text.replace(/(:\/\/[^\s:/@]*):[^\s@/]*@/g, "$1:***@");
}
