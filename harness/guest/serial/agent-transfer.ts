import { tinySize } from './agent-basics.ts'
import { type Checksum, checksums } from './checksums.ts'
import { byteFunction, type Encoding, encodings } from './encodings.ts'

/** How output is cut into blocks, with a checksum each. */
export interface BlockTransfer {
  readonly checksum: Checksum
  /** Blocks of large outputs are compressed with gzip. */
  readonly isCompressed: boolean
}

/** What the guest's end of the shell is made of, as the guest itself showed. */
export interface GuestTools {
  readonly encoding: Encoding
  /** Undefined: the guest lacks the programs for it, and each output is one block without a checksum. */
  readonly blocks: BlockTransfer | undefined
}

/** Bytes of a block: each costs the start of some eight programs, 40 ms a piece on an emulated arm64. */
export const blockSize = 393_216
/** Outputs of so few bytes are sent as they are, with fewer programs. */
const smallSize = 4096
/** Outputs of so few encoded lines (3 KB in base64) are sent with the fewest. */
const smallLines = 60

/** Programs that the script makes use of where they exist. */
const wantedPrograms = [
  ...encodings.map(({ program }) => program ?? ''),
  ...checksums.map(({ program }) => program),
  ...['awk', 'cat', 'dd', 'gzip', 'wc'],
]

/** Tells of the programs that are there, at least by name. */
export const findPrograms = `for t in ${wantedPrograms.join(' ')};do command -v $t >/dev/null 2>&1&&W "0;T;$t";done;W '0;T;.'`

/** b: a byte, for the encoder that is the shell itself. E: encodes. F: makes frames of encoded lines, numbered, with their length, and says how many there were. */
export const encoderFunctions = (encoding: Encoding, hasAwk: boolean): readonly string[] => [
  byteFunction,
  `E(){ ${encoding.encode};}`,
  hasAwk
    ? // Three lines make one frame; $2 names the frames that are wanted again, as ,3,17,
      `F(){ awk -v p="$1" -v w="$2" 'BEGIN{n=0}function f(){n++;if(w==""||index(w,","n","))print p";"n";"length(b)";"b"~";b=""}{b=b $0}NR%3==0{f()}END{if(b!="")f();print p";end;"n"~"}';}`
    : `F(){ j=0;while IFS= read -r l;do j=$((j+1));printf '%s;%s;%s;%s~\\n' "$1" $j \${#l} "$l";done;printf '%s;end;%s~\\n' "$1" $j;}`,
]

/** A trial of the encoder: these bytes (in Latin-1) must arrive whole; the shell's own `read` loses NUL bytes. */
export const trial = (encoding: Encoding): { readonly script: string; readonly bytes: string } =>
  encoding.program === undefined
    ? { script: `printf 'dry\\377\\n'|${sendTrial}`, bytes: 'dry\u00ff\n' }
    : { script: `printf 'dry\\000\\377\\n'|${sendTrial}`, bytes: 'dry\0\u00ff\n' }
const sendTrial = `E|F "$K;0;L;t;0";W '0;Z'`

/**
 * M: sends a small output without another program than the encoder, or fails where it is not small after all. Y: so, or
 * without any program. N: the size of an output. G: sends one block of it. T: sends all of it. B: sends outputs that are
 * not small. I: appends the collected bytes to a command's standard input.
 */
export const transferFunctions = (
  encoding: Encoding,
  blocks: BlockTransfer | undefined,
): readonly string[] => [
  [
    'M(){ E <$D$1.$2|{ j=0;t=0;while IFS= read -r l;do j=$((j+1));',
    `[ $j -le ${smallLines} ]||break;t=$((t+\${#l}));`,
    `printf '%s;%s;%s;%s~\\n' "$K;$1;L;$2;0" $j \${#l} "$l";done;`,
    `[ $j -le ${smallLines} ]&&printf '%s;end;%s;%s~\\n' "$K;$1;L;$2;0" $j $t;};}`,
  ].join(''),
  `Y(){ [ $3 != x ]&&[ $3 -le ${tinySize} ]&&m $1 $2 $3||M $1 $2;}`,
  ...blockFunctions(blocks),
  'B(){ read -r s a b <$D$1.s;N $1 o;o=$n;N $1 e;e=$n;W "$1;X;$s;$o;$e";T $1 o $o;T $1 e $e;}',
  encoding.unbase64 === undefined
    ? 'I(){ (umask 077;printf %b "$C" >>$D$1.i);C=;}'
    : `I(){ (umask 077;printf %s "$C"|${encoding.unbase64} >>$D$1.i);C=;}`,
]

/** N, G and T alone: what is on trial. */
export const blockFunctions = (blocks: BlockTransfer | undefined): readonly string[] =>
  blocks === undefined
    ? ['N(){ n=-;}', 'G(){ E <$D$1.$2|F "$K;$1;L;$2;0";}', 'T(){ G $1 $2 0;}']
    : [
        'N(){ n=0;[ ! -s $D$1.$2 ]||n=$(($(wc -c <$D$1.$2)));}',
        `S(){ dd if=$D$1.$2 bs=${blockSize} skip=$3 count=1 2>/dev/null;}`,
        [
          `G(){ if [ $4 -le ${smallSize} ];`,
          `then E <$D$1.$2|F "$K;$1;L;$2;$3";W "$1;Y;$2;$3;$(${blocks.checksum.program} <$D$1.$2)";else `,
          blocks.isCompressed
            ? 'S $1 $2 $3|gzip -c|E|F "$K;$1;L;$2;$3" $5|cat;W "$1;Y;$2;$3;z '
            : 'S $1 $2 $3|E|F "$K;$1;L;$2;$3" $5|cat;W "$1;Y;$2;$3;',
          `$(S $1 $2 $3|${blocks.checksum.program})";fi;}`,
        ].join(''),
        `T(){ k=0;while [ $((k*${blockSize})) -lt $3 ];do G $1 $2 $k $3;k=$((k+1));done;}`,
      ]

/** A trial of block transfer: this file must arrive whole, with its size. */
export const blockTrial: { readonly script: string; readonly bytes: string } = {
  script: [
    `(x=0123456789abcdef;for i in 1 2 3 4 5;do x=$x$x$x$x;done;printf '%s\\377' $x) >\${D}0.t;`,
    `N 0 t;W "0;N;$n";G 0 t 0 $n;W '0;Z'`,
  ].join(''),
  bytes: `${'0123456789abcdef'.repeat(1024)}\u00ff`,
}
