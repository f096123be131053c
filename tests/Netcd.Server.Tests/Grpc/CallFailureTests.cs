using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.Errors;
using Netcd.Server.Grpc;
using Netcd.Testing.Logging;

namespace Netcd.Server.Tests.Grpc;

/// <summary>What a caller hears of a call that failed (finding L3).</summary>
public sealed class CallFailureTests
{
    [Theory]
    [InlineData(typeof(InvalidDataException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(InvalidOperationException))]
    public void L3_what_a_fault_of_the_program_says_stands_in_the_log_and_not_in_the_answer(Type kind)
    {
        const string Secret = "the backend lacks the record of revision 7.0: /srv/kept/private/member/snap/db";
        (DefaultHttpContext http, Lines log) = Answer((Exception)Activator.CreateInstance(kind, Secret)!);
        Assert.Equal(
            ("2", "internal error"), (http.Response.Headers["grpc-status"].ToString(), http.Response.Headers["grpc-message"].ToString()));
        Assert.DoesNotContain("/srv", string.Join(' ', http.Response.Headers), StringComparison.Ordinal);
        Assert.Contains(Secret, Assert.Single(log.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_call_is_refused_for_is_in_the_answer_alone()
    {
        (DefaultHttpContext http, Lines log) = Answer(EtcdErrors.LeaseNotFound.ToException());
        Assert.Equal(
            ("5", "etcdserver: requested lease not found"),
            (http.Response.Headers["grpc-status"].ToString(), http.Response.Headers["grpc-message"].ToString()));
        (http, _) = Answer(new RpcException(new Status(StatusCode.OutOfRange, "odd")));
        Assert.Equal(("11", "odd"), (http.Response.Headers["grpc-status"].ToString(), http.Response.Headers["grpc-message"].ToString()));
        Assert.Empty(log.Errors);
    }

    private static (DefaultHttpContext Http, Lines Log) Answer(Exception failure)
    {
        DefaultHttpContext http = new();
        Lines log = new();
        CallHead head = new("application/grpc", CallTimeout.None, 0, IsGzip: false, RequiresLeader: false, Token: null);
        CallFailure.Answer(http, head, failure, log);
        return (http, log);
    }

    private sealed class Lines : ILogger
    {
        public List<string> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                Errors.Add(LoggedLine.Text(state, exception, formatter) + exception);
            }
        }
    }
}
