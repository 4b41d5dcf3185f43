# The test distribution that isotovideo runs: a login on the serial console, then one command as often as TIMES says, each
# in the state right after the login.
use Mojo::Base -strict;
use testapi;
use autotest;
use distribution;

my $distribution = distribution->new;
testapi::set_distribution($distribution);
$distribution->add_console('terminal', 'virtio-terminal', {});

autotest::loadtest 'tests/login.pm';
autotest::loadtest 'tests/command.pm' for 1 .. get_required_var('TIMES');

1;
