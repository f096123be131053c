using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>A command line is shown without the passwords in it.</summary>
public sealed class ShownArgumentsTests
{
    [Theory]
    [InlineData("--discovery-password=hunter2 --name m1", "--discovery-password=xxxxx --name m1")]
    [InlineData("-discovery-password hunter2 --name m1", "-discovery-password xxxxx --name m1")]
    [InlineData("--discovery-password --discovery-password --name", "--discovery-password xxxxx --name")]
    [InlineData("--discovery-proxy http://eve:hunter2@proxy:80/x", "--discovery-proxy http://eve:xxxxx@proxy:80/x")]
    [InlineData("--listen-peer-urls=http://a:b@h:1,https://c:d@h:2", "--listen-peer-urls=http://a:xxxxx@h:1,https://c:xxxxx@h:2")]
    [InlineData("--initial-cluster a=http://[::1]:2380,b=unix://b:7", "--initial-cluster a=http://[::1]:2380,b=unix://b:7")]
    [InlineData("--discovery-user eve --name discovery-password", "--discovery-user eve --name discovery-password")]
    [InlineData("netcd", "netcd")]
    public void Passwords_are_hidden_and_all_else_stays(string given, string shown) =>
        Assert.Equal(shown, string.Join(' ', ShownArguments.Of(given.Split(' '))));
}
