using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Output;

/// <summary>The flag that says how answers are written.</summary>
internal static class OutputFlag
{
    private static readonly string[] Names = ["fields", "json", "protobuf", "simple", "table"];

    public static TextFlag Create() => new("write-out", "set the output format (fields, json, protobuf, simple, table)", "simple")
    {
        Shorthand = 'w',
        Choices = Names,
    };

    /// <summary>What the flag says.</summary>
    /// <exception cref="CommandFailure">It is no format.</exception>
    public static OutputFormat Read(TextFlag flag) => flag.Value switch
    {
        "simple" => OutputFormat.Simple,
        "fields" => OutputFormat.Fields,
        "json" => OutputFormat.Json,
        "protobuf" => OutputFormat.Protobuf,
        "table" => OutputFormat.Table,
        _ => throw new CommandFailure(ExitCodes.BadFeature, "unsupported output format"),
    };
}
