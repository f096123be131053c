using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Engine.Text;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;

namespace Netcd.Tools.Ctl;

/// <summary><c>txn</c>: conditions, an empty line, what is done where they hold, an empty line, and what is done where not.</summary>
internal sealed class TransactionCommand(CtlContext context)
{
    private readonly BooleanFlag isInteractive = new("interactive", "Input transaction in interactive mode") { Shorthand = 'i' };

    public Command Create() => new("txn [options]", "Txn processes all the requests in one transaction")
    {
        Flags = [isInteractive],
        Run = arguments =>
        {
            if (arguments.Count != 0)
            {
                throw new CommandFailure(ExitCodes.BadArguments, "txn command does not accept argument");
            }

            return context.Run(async client =>
                new KeyAnswers(context.Flags.Hex.Value).Of(await client.Keys.CommitAsync(Read()).ConfigureAwait(false)));
        },
    };

    private Transaction Read()
    {
        Condition[] conditions = [.. Lines("compares:").Select(Condition)];
        Operation[] then = [.. Lines("success requests (get, put, del):").Select(Operation)];
        Operation[] otherwise = [.. Lines("failure requests (get, put, del):").Select(Operation)];
        return Transaction.If(conditions).Then(then).Else(otherwise);
    }

    private List<string> Lines(string prompt)
    {
        if (isInteractive.Value)
        {
            context.Output.WriteLine(prompt);
        }

        List<string> lines = [];
        while (true)
        {
            string line = context.Input.ReadLine()?.Trim() ?? throw Invalid("EOF");
            if (line.Length == 0)
            {
                return lines;
            }

            lines.Add(line);
        }
    }

    private static Condition Condition(string line)
    {
        ComparisonLine read = ComparisonLine.Parse(line);
        byte[] key = GoQuoted.BytesOf(read.Key);
        Comparison comparison = read.Operator switch
        {
            "=" => Comparison.Equal,
            "!=" => Comparison.NotEqual,
            ">" => Comparison.Greater,
            "<" => Comparison.Less,
            _ => throw Invalid($"malformed comparison: {line}"),
        };
        return read.Target switch
        {
            "ver" or "version" => Client.Keys.Condition.Version(key, comparison, Number(line, read.Value)),
            "c" or "create" => Client.Keys.Condition.CreateRevision(key, comparison, Number(line, read.Value)),
            "m" or "mod" => Client.Keys.Condition.ModRevision(key, comparison, Number(line, read.Value)),
            "val" or "value" => Client.Keys.Condition.Value(key, comparison, GoQuoted.BytesOf(read.Value)),
            "lease" => Client.Keys.Condition.Lease(key, comparison, KeyArguments.Lease(read.Value, "bad lease ID")),
            _ => throw Invalid($"malformed comparison: {line} (unknown target {read.Target})"),
        };
    }

    private static long Number(string line, string text) => GoNumber.TryReadSigned(text, 10, out long number) is null
        ? number
        : throw Invalid($"invalid txn compare request: {line}");

    private static Operation Operation(string line)
    {
        string[] words = QuotedWords.Of(line);
        if (words.Length < 2)
        {
            throw Invalid($"invalid txn compare request: {line}");
        }

        try
        {
            return Operation(words[0], [.. words.Skip(1)]) ?? throw Invalid($"invalid txn request: {line}");
        }
        catch (UsageException)
        {
            throw Invalid($"invalid txn request: {line}");
        }
    }

    private static Operation? Operation(string name, IReadOnlyList<string> words)
    {
        switch (name)
        {
            case "get":
                GetRequest get = new();
                (KeyRange range, RangeOptions options) = get.Read(FlagReader.Read(words, get.Flags));
                return Client.Keys.Operation.Read(range, options);
            case "put":
                PutRequest put = new();
                (byte[] key, byte[] value, PutOptions how) = put.Read(FlagReader.Read(words, put.Flags), TextReader.Null);
                return Client.Keys.Operation.Put(key, value, how);
            case "del":
                DeleteRequest delete = new();
                (KeyRange keys, DeleteOptions deletion) = delete.Read(FlagReader.Read(words, delete.Flags));
                return Client.Keys.Operation.Delete(keys, deletion);
            default:
                return null;
        }
    }

    private static CommandFailure Invalid(string message) => new(ExitCodes.InvalidInput, message);
}
