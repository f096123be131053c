using System.Globalization;

namespace Netcd.Load;

/// <summary>The command line, read.</summary>
internal sealed class LoadOptions
{
    public required string Command { get; init; }

    public string Workload { get; private set; } = "";

    public Uri Endpoint { get; private set; } = new("http://127.0.0.1:2379");

    public int Clients { get; private set; } = 1;

    public int Connections { get; private set; }

    public TimeSpan Duration { get; private set; } = TimeSpan.FromSeconds(5);

    /// <summary>Calls a second of all clients together; 0: each makes its next when its last was answered.</summary>
    public int Rate { get; private set; }

    /// <summary>How many calls to make; null means as many as fit in <see cref="Duration"/>.</summary>
    public long? Count { get; private set; }

    /// <summary>Puts in flight while watches are told.</summary>
    public int Writers { get; private set; } = 1;

    /// <summary>Streams with a watch that are never read from, besides <see cref="Clients"/>.</summary>
    public int Stopped { get; private set; }

    public TimeSpan Warmup { get; private set; } = TimeSpan.FromSeconds(1);

    public int Keys { get; private set; } = 10_000;

    public int ValueSize { get; private set; } = 256;

    public int Limit { get; private set; } = 100;

    public int Seed { get; private set; } = 1;

    public int? ProcessId { get; private set; }

    public string? Out { get; private set; }

    public bool Json { get; private set; }

    public static LoadOptions Parse(string[] arguments)
    {
        LoadOptions options = new() { Command = arguments[0] };
        if (options.Command == "fill")
        {
            options.Clients = 8;
        }

        int at = 1;
        if (at < arguments.Length && !arguments[at].StartsWith("--", StringComparison.Ordinal))
        {
            options.Workload = arguments[at++];
        }
        while (at < arguments.Length)
        {
            string name = arguments[at++];
            if (name == "--json")
            {
                options.Json = true;
                continue;
            }

            if (at == arguments.Length)
            {
                throw new UsageException($"{name} needs a value");
            }

            options.Set(name, arguments[at++]);
        }

        if (options.Connections == 0)
        {
            options.Connections = Math.Min(options.Clients, 10);
        }

        return options;
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--endpoint":
                Endpoint = Uri.TryCreate(value, UriKind.Absolute, out Uri? endpoint)
                    ? endpoint
                    : throw new UsageException($"{value} is no endpoint");
                break;
            case "--clients": Clients = Number(name, value, 1, 100_000); break;
            case "--connections": Connections = Number(name, value, 1, 10_000); break;
            case "--duration": Duration = Seconds(name, value); break;
            case "--rate": Rate = Number(name, value, 0, 1_000_000); break;
            case "--count": Count = Number(name, value, 0, int.MaxValue); break;
            case "--writers": Writers = Number(name, value, 1, 10_000); break;
            case "--stopped": Stopped = Number(name, value, 0, 10_000); break;
            case "--warmup": Warmup = Seconds(name, value); break;
            case "--keys": Keys = Number(name, value, 1, int.MaxValue); break;
            case "--value-size": ValueSize = Number(name, value, 0, 1 << 20); break;
            case "--limit": Limit = Number(name, value, 0, int.MaxValue); break;
            case "--seed": Seed = Number(name, value, 0, int.MaxValue); break;
            case "--pid": ProcessId = Number(name, value, 1, int.MaxValue); break;
            case "--out": Out = value; break;
            default: throw new UsageException($"there is no option {name}");
        }
    }

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new UsageException($"{name} must be a number from {least} to {most}");

    private static TimeSpan Seconds(string name, string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"{name} must be a number of seconds, at most 86400");
}
