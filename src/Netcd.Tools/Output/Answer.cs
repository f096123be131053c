using Google.Protobuf;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Output;

/// <summary>What a command has to say, in each of the formats that etcd's tools have for it.</summary>
internal sealed record Answer
{
    /// <summary>For people.</summary>
    public required Action<TextWriter> Simple { get; init; }

    /// <summary>A line a value; null where there is no such format.</summary>
    public Action<TextWriter>? Fields { get; init; }

    /// <summary>The message of etcd's API; null where there is none.</summary>
    public IMessage? Message { get; init; }

    /// <summary>JSON, where it is not that of <see cref="Message"/>.</summary>
    public string? Json { get; init; }

    /// <summary>Titles and rows; null where there is no such format.</summary>
    public (IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Rows)? Table { get; init; }

    /// <summary>Writes it.</summary>
    /// <param name="format">How.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="CommandFailure">There is no such format for it.</exception>
    public void Write(OutputFormat format, TextWriter output)
    {
        switch (format)
        {
            case OutputFormat.Simple:
                Simple(output);
                break;
            case OutputFormat.Fields when Fields is not null:
                Fields(output);
                break;
            case OutputFormat.Json when (Json ?? (Message is null ? null : GoJson.Of(Message))) is { } json:
                output.WriteLine(json);
                break;
            case OutputFormat.Protobuf when Message is not null:
                output.WriteBytes(Message.ToByteArray());
                break;
            case OutputFormat.Table when Table is { } table:
                output.Write(Output.Table.Of(table.Titles, table.Rows));
                break;
            default:
                throw new CommandFailure(
                    ExitCodes.BadFeature, $"{format.ToString().ToLowerInvariant()} not supported as output format");
        }
    }
}
