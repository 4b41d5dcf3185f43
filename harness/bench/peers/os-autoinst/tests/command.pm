use Mojo::Base 'basetest', -signatures;
use testapi;

sub run ($self) {
    type_string get_required_var('GUEST_COMMAND') . "\n";
    my $answer = wait_serial(qr/\n\d[^\r\n]*\r?\n/, timeout => 600) // die 'no answer within 600 s';
    my ($line) = $answer =~ /\n(\d[^\r\n]*)\r?\n$/;
    open my $answers, '>>', get_required_var('ANSWERS') or die $!;
    print $answers "answer $line\n";
    close $answers;
}

sub test_flags ($self) { return {fatal => 1, always_rollback => get_required_var('TIMES') > 1} }

1;
