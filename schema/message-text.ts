/** Control characters but tab and newline never reach a reader. */
const CONTROL = /[^\P{Cc}\t\n]/gu;

/** The text of a message as it is kept: CommonMark, lines ended by a newline. */
export const messageText = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(CONTROL, '');
