import { sha256 } from '../../common/digest.ts'
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
/** Outputs of so few bytes are read by the guest's shell itself, which asks the kernel for each byte. */
const tinySize = 1000
/** Outputs of so few encoded lines (3 KB in base64) are sent with the fewest. */
const smallLines = 60

/** Programs that the script makes use of where they exist. */
const wantedPrograms = [
  ...encodings.map(({ program }) => program ?? ''),
  ...checksums.map(({ program }) => program),
  ...['awk', 'cat', 'dd', 'gzip', 'rm', 'wc'],
]

/** Writable in most guests, the roomy ones in memory first (/dev/shm is often small). */
const spoolFolders = '/run /tmp /dev/shm /var/tmp /var/run /dev /mnt'

/**
 * Typed at the prompt: turns the interactive shell into a reader of whole lines, without prompt, echo and line editing.
 * The marker is cut in two, so that the echo of this line never looks like an answer.
 */
export const enterAgent = (token: string): string =>
  ` stty -echo 2>/dev/null;K='@@''${token}';C=;P=;printf '%s;0;B~\\n' "$K";while IFS= read -r L;do eval "$L";done 2>/dev/null`

/** W: answers with a frame. A: collects typed text in C. p: how far a file descriptor has come, in q; x where /proc does not say. */
export const basics: readonly string[] = [
  `W(){ printf '%s;%s~\\n' "$K" "$1";}`,
  'A(){ C="$C$1";}',
  'p(){ read -r x q </proc/self/fdinfo/$1&&[ "$x" = pos: ]||q=x;}',
  'U=$(umask)',
  `for t in ${wantedPrograms.join(' ')};do command -v $t >/dev/null 2>&1&&W "0;T;$t";done;W '0;T;.'`,
]

/** D: where output is kept until it has arrived; a name that only this session uses. */
export const findSpool = (token: string): string =>
  `D=;for t in ${spoolFolders};do (umask 077;: >$t/.drydock-${token}.t) 2>/dev/null&&{ D=$t/.drydock-${token}.;break;};done;W "0;D;$D"`

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
 * m: sends lines of printable characters without any program, or fails where there are others. M: sends a small output
 * without another program than the encoder, or fails where it is not small after all. Y: the one or the other.
 * N: the size of an output. G: sends one block of it. T: sends all of it.
 */
export const transferFunctions = (blocks: BlockTransfer | undefined): readonly string[] =>
  blocks === undefined
    ? [...sendSmall, 'N(){ n=-;}', 'G(){ E <$D$1.$2|F "$K;$1;L;$2;0";}', 'T(){ G $1 $2 0;}']
    : [
        ...sendSmall,
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

const sendSmall: readonly string[] = [
  [
    `m(){ j=0;t=0;while r=0;IFS= read -r l||r=1;[ $r = 0 ]||[ -n "$l" ];do j=$((j+1));t=$((t+\${#l}+1-r));`,
    'case $l in *[!\\ -}]*)t=;break;;esac;',
    `printf '%s;%s;%s;%s;%s~\\n' "$K;$1;P;$2" $j $r \${#l} "$l";done <$D$1.$2;`,
    '[ "$t" = $3 ]&&W "$1;P;$2;end;$j;$t";}',
  ].join(''),
  [
    'M(){ E <$D$1.$2|{ j=0;t=0;while IFS= read -r l;do j=$((j+1));',
    `[ $j -le ${smallLines} ]||break;t=$((t+\${#l}));`,
    `printf '%s;%s;%s;%s~\\n' "$K;$1;L;$2;0" $j \${#l} "$l";done;`,
    `[ $j -le ${smallLines} ]&&printf '%s;end;%s;%s~\\n' "$K;$1;L;$2;0" $j $t;};}`,
  ].join(''),
  `Y(){ [ $3 != x ]&&[ $3 -le ${tinySize} ]&&m $1 $2 $3||M $1 $2;}`,
]

/** Trials of block transfer: these files must arrive whole, with their size. */
export const blockTrials: readonly { readonly script: string; readonly bytes: string }[] = [
  { content: `printf 'dry\\377\\n'`, bytes: 'dry\u00ff\n' },
  {
    content: `(x=0123456789abcdef;for i in 1 2 3 4 5;do x=$x$x$x$x;done;printf '%s\\377' $x)`,
    bytes: `${'0123456789abcdef'.repeat(1024)}\u00ff`,
  },
].map(({ content, bytes }) => ({
  script: `${content} >\${D}0.t;N 0 t;W "0;N;$n";G 0 t 0 $n;W '0;Z'`,
  bytes,
}))

/**
 * x: evaluates z in the background, so that the reader stays alive, and sends what it did. r: runs the script in c.
 * R: unescapes the script collected in C first. O: sends what a command did. B: sends outputs that are not small.
 * V: sends it again. Q: kills it. I: appends the collected bytes to its standard input. H: forgets commands.
 */
export const commandFunctions = (encoding: Encoding, hasRm: boolean): readonly string[] => [
  // An output that is there counts as small (+) until it turns out not to be.
  [
    'O(){ o=0;e=0;[ ! -s $D$1.o ]||o=+;[ ! -s $D$1.e ]||e=+;W "$1;X;$s;$o;$e";',
    '{ [ $o = 0 ]||Y $1 o $a;}&&{ [ $e = 0 ]||Y $1 e $b;}||B $1;W "$1;Z";}',
  ].join(''),
  'B(){ read -r s a b <$D$1.s;N $1 o;o=$n;N $1 e;e=$n;W "$1;X;$s;$o;$e";T $1 o $o;T $1 e $e;}',
  'V(){ if read -r s a b <$D$1.s;then O $1;elif [ -e $D$1.o ];then W "$1;V;busy";else W "$1;V;none";fi;}',
  // How far the command came in writing is the size of its output, unless it opened that anew.
  [
    'x(){ C=;umask 077;: >$D$1.o;umask $U;{ umask 077;{ (umask $U;eval "$z") <$2 >&8 2>&9 8>&- 9>&-;s=$?;',
    'a=0;b=0;[ ! -s $D$1.o ]||{ p 8;a=$q;};[ ! -s $D$1.e ]||{ p 9;b=$q;};} 8>$D$1.o 9>$D$1.e;',
    'echo $s $a $b >$D$1.s||W "$1;N";O $1;}& P=$!;}',
  ].join(''),
  `r(){ z='exec sh -c "$c"';x $1 $2;}`,
  `R(){ c=$(printf %bx "$C");c=\${c%x};r $1 $2;}`,
  // A command's children are killed one by one: without job control they share a process group with the shell.
  'k(){ z="$z $1";for f in /proc/[0-9]*/stat;do read -r a b q g h <$f&&[ "$g" = $1 ]&&k $a;done;}',
  'Q(){ z=;k $P;kill -KILL $z;kill -KILL -$P;W "$1;Q";}',
  `H(){ for i;do ${hasRm ? 'set -- "$@" $D$i.*;shift;done;rm -f "$@"' : 'for f in $D$i.*;do : >$f;done;done'};jobs >/dev/null 2>&1;}`,
  encoding.unbase64 === undefined
    ? 'I(){ (umask 077;printf %b "$C" >>$D$1.i);C=;}'
    : `I(){ (umask 077;printf %s "$C"|${encoding.unbase64} >>$D$1.i);C=;}`,
]

/** Leaves the prompt as it was found. */
export const leaveAgent = 'rm -f $D*;stty echo 2>/dev/null;break'

/** Changes whenever what is typed at a prompt does: the host's end of one version does not fit another. */
export const agentVersion = (): string =>
  sha256(
    JSON.stringify([
      [enterAgent(''), basics, findSpool(''), leaveAgent],
      encodings.map((encoding) => [encoderFunctions(encoding, true), commandFunctions(encoding, true)]),
      checksums.map((checksum) => transferFunctions({ checksum, isCompressed: true })),
      transferFunctions(undefined),
    ]),
  )
