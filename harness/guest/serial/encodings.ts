/** A way for the guest to turn bytes into printable lines. */
export interface Encoding {
  readonly name: string
  /** The program it needs; undefined: the shell itself. */
  readonly program: string | undefined
  /** Shell text that encodes its standard input. */
  readonly encode: string
  /** Shell text that decodes base64 from standard input, where the guest has it. */
  readonly unbase64?: string
  readonly decode: (line: string) => Buffer
}

const fromHex = (line: string): Buffer => Buffer.from(line.replaceAll(' ', ''), 'hex')

/** Some shells' printf shows a byte above 7f as a negative number: the last two digits count. */
const fromWideHex = (line: string): Buffer =>
  Buffer.from(
    line
      .split(' ')
      .map((number) => number.slice(-2))
      .join(''),
    'hex',
  )

/** Best first; the first one that survives a trial in the guest is used. The last loses NUL bytes, as the shell's `read` does. */
export const encodings: readonly Encoding[] = [
  {
    name: 'base64',
    program: 'base64',
    encode: 'base64',
    unbase64: 'base64 -d',
    decode: (line) => Buffer.from(line, 'base64'),
  },
  { name: 'od', program: 'od', encode: 'od -An -v -tx1', decode: fromHex },
  { name: 'hexdump', program: 'hexdump', encode: `hexdump -v -e '32/1 "%02x" "\\n"'`, decode: fromHex },
  { name: 'xxd', program: 'xxd', encode: 'xxd -p', decode: fromHex },
  {
    name: 'shell',
    program: undefined,
    encode: [
      'LC_ALL=C;n=0;while r=0;IFS= read -r l||r=1;[ $r = 0 ]||[ -n "$l" ]',
      `do while [ -n "$l" ];do m=\${l#?};b "\${l%"$m"}";l=$m;done`,
      "[ $r = 1 ]||{ printf '0a ';n=$((n+1));}",
      '[ $r = 0 ]||break;done;[ $n = 0 ]||echo',
    ].join(';'),
    decode: fromWideHex,
  },
]

/** A shell function that the last encoding uses: prints one character as a number, 32 to a line. */
export const byteFunction = `b(){ printf '%02x ' "'$1";n=$((n+1));[ $n -lt 32 ]||{ echo;n=0;};}`
