/** Outputs of so few bytes are read by the guest's shell itself, which asks the kernel for each byte. */
export const tinySize = 1000

/** Writable in most guests, the roomy ones in memory first (/dev/shm is often small). */
const spoolFolders = '/run /tmp /dev/shm /var/tmp /var/run /dev /mnt'

/**
 * Typed at the prompt: turns the interactive shell into a reader of whole lines, without prompt, echo and line editing.
 * The marker is cut in two, so that the echo of this line never looks like an answer.
 */
export const enterAgent = (token: string): string =>
  ` stty -echo 2>/dev/null;K='@@''${token}';C=;P=;printf '%s;0;B~\\n' "$K";while IFS= read -r L;do eval "$L";done 2>/dev/null`

/**
 * All that a first command with a short answer needs, and no program but `sh`.
 * W: answers with a frame. A: collects typed text in C. p: how far a file descriptor has come, in q; x where /proc does not say.
 * m: sends lines of printable characters, or fails where there are others. Y: sends a small output so, for now; B: another one not yet.
 * x: evaluates z in the background, so that the reader stays alive, and sends what it did. r: runs the script in c.
 * R: unescapes the script collected in C first. O: sends what a command did. V: sends it again. Q: kills it.
 * H: forgets commands.
 */
export const basics: readonly string[] = [
  `W(){ printf '%s;%s~\\n' "$K" "$1";}`,
  'A(){ C="$C$1";}',
  'p(){ read -r x q </proc/self/fdinfo/$1&&[ "$x" = pos: ]||q=x;}',
  'U=$(umask)',
  [
    `m(){ j=0;t=0;while r=0;IFS= read -r l||r=1;[ $r = 0 ]||[ -n "$l" ];do j=$((j+1));t=$((t+\${#l}+1-r));`,
    'case $l in *[!\\ -}]*)t=;break;;esac;',
    `printf '%s;%s;%s;%s;%s~\\n' "$K;$1;P;$2" $j $r \${#l} "$l";done <$D$1.$2;`,
    '[ "$t" = $3 ]&&W "$1;P;$2;end;$j;$t";}',
  ].join(''),
  `Y(){ [ $3 != x ]&&[ $3 -le ${tinySize} ]&&m $1 $2 $3;}`,
  'B(){ :;}',
  // An output that is there counts as small (+) until it turns out not to be.
  [
    'O(){ o=0;e=0;[ ! -s $D$1.o ]||o=+;[ ! -s $D$1.e ]||e=+;W "$1;X;$s;$o;$e";',
    '{ [ $o = 0 ]||Y $1 o $a;}&&{ [ $e = 0 ]||Y $1 e $b;}||B $1;W "$1;Z";}',
  ].join(''),
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
  // Where there is no rm, what was kept is at least made empty.
  'H(){ for i;do set -- "$@" $D$i.*;shift;done;rm -f "$@"||for i;do : >$i;done;jobs >/dev/null 2>&1;}',
]

/** D: where output is kept until it has arrived; a name that only this session uses. */
export const findSpool = (token: string): string =>
  `D=;for t in ${spoolFolders};do (umask 077;: >$t/.drydock-${token}.t) 2>/dev/null&&{ D=$t/.drydock-${token}.;break;};done;W "0;D;$D"`

/** Leaves the prompt as it was found. */
export const leaveAgent = 'rm -f $D*;stty echo 2>/dev/null;break'
