use Mojo::Base 'basetest', -signatures;
use testapi;

sub await ($pattern) {
    return wait_serial($pattern, timeout => 600) // die "no $pattern within 600 s";
}

sub run ($self) {
    select_console 'terminal';
    await qr/login: /;
    type_string get_required_var('GUEST_USER') . "\n";
    await qr/[Pp]assword: /;
    type_string get_required_var('GUEST_PASSWORD') . "\n";
    await qr/[#\$] /;
}

sub test_flags ($self) { return {fatal => 1, milestone => get_required_var('TIMES') > 1} }

1;
