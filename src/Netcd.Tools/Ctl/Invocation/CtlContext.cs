using Netcd.Client;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Hints;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Invocation;

/// <summary>What the commands on a cluster work with.</summary>
internal sealed class CtlContext(CtlFlags flags, ToolConsole console, Func<string, string?> environment)
{
    private string? password;
    private string? hint;

    public CtlFlags Flags => flags;

    public ToolConsole Console => console;

    public TextWriter Output => console.Output;

    public TextWriter Errors => console.Errors;

    public TextReader Input => console.Input ?? TextReader.Null;

    public Func<string, string?> Environment => environment;

    public OutputFormat Format { get; private set; }

    /// <summary>Calls the cluster, and says what it answers.</summary>
    /// <exception cref="CommandFailure">It failed.</exception>
    public int Run(Func<EtcdClient, Task<Answer>> call, int exitCode = ExitCodes.Failure, Func<string, string>? explain = null) =>
        Run(
            async client =>
            {
                (await call(client).ConfigureAwait(false)).Write(Format, Output);
                return ExitCodes.Success;
            },
            exitCode,
            explain);

    /// <summary>Calls the cluster; the command says itself what comes of it.</summary>
    /// <param name="call">The calls.</param>
    /// <param name="exitCode">The exit code where one fails.</param>
    /// <param name="explain">What is said then, instead of the failure's text.</param>
    /// <exception cref="CommandFailure">It failed.</exception>
    public int Run(Func<EtcdClient, Task<int>> call, int exitCode = ExitCodes.Failure, Func<string, string>? explain = null)
    {
        Prepare();
        return RunAsync(call, exitCode, explain).GetAwaiter().GetResult();
    }

    /// <summary>Refuses formats other than these.</summary>
    /// <exception cref="CommandFailure">The format that was asked for is none of them.</exception>
    public void CheckFormat(params ReadOnlySpan<OutputFormat> known)
    {
        if (!known.Contains(Format))
        {
            throw new CommandFailure(ExitCodes.BadFeature, $"{Format.ToString().ToLowerInvariant()} not supported as output format");
        }
    }

    /// <summary>Reads the flags that all commands have.</summary>
    private void Prepare()
    {
        flags.ReadEnvironment(environment);
        if (flags.IsDebugging)
        {
            flags.Tell(Errors);
        }

        flags.Discover(console.Lookup ?? NoLookup, Errors);
        Format = OutputFlag.Read(flags.Format);
    }

    private static ServiceRecords NoLookup(string service, string domain) => new([], $"lookup _{service}._tcp.{domain}: no name servers");

    /// <summary>A client, of other endpoints where some are given.</summary>
    public EtcdClient Connect(IReadOnlyList<string>? endpoints = null) => Connect(flags.ToOptions(endpoints, AskPassword));

    /// <summary>A client.</summary>
    /// <exception cref="CommandFailure">It cannot be as it is to be.</exception>
    public EtcdClient Connect(EtcdClientOptions options)
    {
        try
        {
            return new EtcdClient(options with { LoggerFactory = flags.IsDebugging ? new DebugLog(Errors) : null });
        }
        catch (ArgumentException wrong)
        {
            throw new CommandFailure(ExitCodes.BadArguments, wrong.Message);
        }
    }

    /// <summary>Asks for the user's password, which is not shown while it is typed; once, however many clients need it.</summary>
    public string AskPassword() => password ??= AskPassword("Password: ");

    /// <summary>Asks for something that is not shown while it is typed.</summary>
    public string AskPassword(string prompt)
    {
        Errors.Write(prompt);
        string password = HiddenInput.ReadLine(Input);
        Errors.WriteLine();
        return password;
    }

    /// <summary>The text of a failure as etcd's client has it.</summary>
    public static string TextOf(EtcdException failure) =>
        failure.Code == EtcdStatusCode.DeadlineExceeded || ConnectionHint.IsOfConnection(failure)
            ? "context deadline exceeded"
            : failure.Message;

    /// <summary>Looks, where a call did not get through to endpoints, why that is, to say it at the end.</summary>
    public async Task ExplainAsync(EtcdException failure, params IReadOnlyList<string> endpoints)
    {
        if (hint is null)
        {
            hint = await ConnectionHint.OfAsync(failure, endpoints, flags.ToOptions(endpoints, AskPassword).Tls).ConfigureAwait(false);
        }
    }

    /// <summary>What can be seen to be wrong with the endpoints.</summary>
    public async Task<string> FindHintAsync()
    {
        EtcdUnavailableException silence = new(EtcdStatusCode.DeadlineExceeded, "no member answers");
        IReadOnlyList<string> endpoints = flags.Endpoints.Values;
        return await ConnectionHint.OfAsync(silence, endpoints, flags.ToOptions(endpoints, AskPassword).Tls).ConfigureAwait(false)
            ?? silence.Message;
    }

    private async Task<int> RunAsync(Func<EtcdClient, Task<int>> call, int exitCode, Func<string, string>? explain)
    {
        EtcdClient client = Connect();
        await using (client.ConfigureAwait(false))
        {
            try
            {
                int result = await call(client).ConfigureAwait(false);
                if (hint is not null)
                {
                    Errors.WriteLine("hint: " + hint);
                }

                return result;
            }
            catch (CommandFailure failure) when (hint is not null)
            {
                failure.Hint ??= hint;
                throw;
            }
            catch (ArgumentException wrong)
            {
                // What no server is asked for.
                throw new CommandFailure(ExitCodes.BadArguments, wrong.Message);
            }
            catch (EtcdAuthenticationException refused)
            {
                throw Failed(refused.Message, flags.HasUser, exitCode, explain);
            }
            catch (EtcdException failure)
            {
                await ExplainAsync(failure, flags.Endpoints.Values).ConfigureAwait(false);
                bool isOfLogin = flags.HasUser && ConnectionHint.IsOfConnection(failure);
                throw Failed(TextOf(failure), isOfLogin, exitCode, explain);
            }
        }
    }

    /// <summary>A user is logged in before anything else is done: where that fails, it is not the command that does.</summary>
    private CommandFailure Failed(string text, bool isOfLogin, int exitCode, Func<string, string>? explain) =>
        new(isOfLogin ? ExitCodes.BadConnection : exitCode, isOfLogin || explain is null ? text : explain(text)) { Hint = hint };
}
