using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Netcd.Server.Configuration;
using Netcd.Server.Monitoring;

namespace Netcd.Server.Tests.Monitoring;

/// <summary>The level of the log is changed while the server runs, from the machine itself only.</summary>
public sealed class LogLevelPageTests : IDisposable
{
    private readonly LogLevelSwitch level = new(LogLevel.Warning);
    private readonly StringWriter lines = new() { NewLine = "\n" };
    private readonly LogLevelPage page;
    private readonly ILoggerFactory logging;

    public LogLevelPageTests()
    {
        logging = LogOutput.Create(level, LogFormat.Json, lines);
        page = new LogLevelPage(level, logging.CreateLogger("netcd"));
    }

    public void Dispose()
    {
        logging.Dispose();
        lines.Dispose();
    }

    [Theory]
    [InlineData("""{"Level":"DEBUG"}""", LogLevel.Debug)]
    [InlineData("""{"level":"info"}""", LogLevel.Information)]
    [InlineData("""{"Level":"debug","LEVEL":"Error","other":1}""", LogLevel.Error)]
    [InlineData("""{"Level":"fatal"}""", LogLevel.Critical)]
    public async Task It_changes_for_loggers_that_are_there_already(string body, LogLevel expected)
    {
        ILogger log = logging.CreateLogger("netcd");
        (int status, string told) = await AskAsync("PUT", body);
        Assert.Equal((204, ""), (status, told));
        Assert.Equal(expected, level.Least);
        Assert.True(log.IsEnabled(expected));
        Assert.False(log.IsEnabled(expected - 1));
        Assert.Contains("\"event-id\":2906,\"from\":\"warn\"", lines.ToString(), StringComparison.Ordinal);
        Assert.Equal((200, $"{{\"Level\":\"{LogLevelSwitch.NameOf(expected)}\"}}\n"), await AskAsync("GET", ""));
    }

    [Theory]
    [InlineData("""{"Level":"loud"}""", "Invalid log level loud")]
    [InlineData("""{"Level":""}""", "Invalid log level ")]
    [InlineData("{}", "Invalid log level ")]
    [InlineData("""{"Level":7}""", "Invalid json body")]
    [InlineData("""["DEBUG"]""", "Invalid json body")]
    [InlineData("""{"Level":"\ud800"}""", "Invalid json body")]
    [InlineData("DEBUG", "Invalid json body")]
    [InlineData("", "Invalid json body")]
    public async Task What_makes_no_sense_is_refused_and_changes_nothing(string body, string reason)
    {
        (int status, string told) = await AskAsync("PUT", body);
        Assert.Equal((400, $"{{\"message\":\"{reason}\"}}"), (status, told));
        Assert.Equal(LogLevel.Warning, level.Least);
    }

    [Fact]
    public async Task A_body_without_end_is_refused()
    {
        (int status, _) = await AskAsync("PUT", """{"Level":"DEBUG"}""" + new string(' ', 100_000));
        Assert.Equal((400, LogLevel.Warning), (status, level.Least));
    }

    [Theory]
    [InlineData("10.0.0.7", 403)]
    [InlineData("::ffff:10.0.0.7", 403)]
    [InlineData("127.0.0.1", 204)]
    [InlineData("::1", 204)]
    [InlineData("::ffff:127.0.0.1", 204)]
    [InlineData(null, 204)]
    public async Task Only_from_the_machine_it_can_be_changed_and_whoever_is_there_may_read_it(string? address, int status)
    {
        Assert.Equal(status, (await AskAsync("PUT", """{"Level":"DEBUG"}""", address)).Status);
        Assert.Equal(status == 204 ? LogLevel.Debug : LogLevel.Warning, level.Least);
        Assert.Equal(200, (await AskAsync("GET", "", address)).Status);
    }

    [Fact]
    public async Task Other_methods_are_refused() =>
        Assert.Equal((405, "Method Not Allowed\n"), await AskAsync("POST", """{"Level":"DEBUG"}"""));

    private async Task<(int Status, string Body)> AskAsync(string method, string body, string? address = "127.0.0.1")
    {
        DefaultHttpContext http = new();
        http.Features.Set<IHttpMaxRequestBodySizeFeature>(new NoLimit());
        http.Request.Method = method;
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        http.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);
        MemoryStream told = new();
        http.Response.Body = told;
        await page.ServeAsync(http);
        return (http.Response.StatusCode, Encoding.UTF8.GetString(told.ToArray()));
    }

    private sealed class NoLimit : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; }
    }
}
