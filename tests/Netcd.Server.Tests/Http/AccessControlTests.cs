using Netcd.Server.Http;

namespace Netcd.Server.Tests.Http;

public sealed class AccessControlTests
{
    [Theory]
    [InlineData("a.example", "a.example")]
    [InlineData("a.example:2379", "a.example")]
    [InlineData("a.example:", "a.example")]
    [InlineData(":2379", "")]
    [InlineData("[::1]:2379", "::1")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("::1", "::1")]
    [InlineData("a:b:c", "a:b:c")]
    [InlineData("[a]b:1", "[a]b:1")]
    [InlineData("", "")]
    public void The_host_is_what_Go_makes_of_it(string text, string host) => Assert.Equal(host, AccessControl.HostOf(text));
}
