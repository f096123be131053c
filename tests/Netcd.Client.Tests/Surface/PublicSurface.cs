using System.Reflection;
using System.Runtime.CompilerServices;

namespace Netcd.ClientTests.Surface;

/// <summary>What users of an assembly can see, a line for each type and member.</summary>
internal static class PublicSurface
{
    private const BindingFlags Seen =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static string Of(Assembly assembly) => string.Concat(
        assembly.GetExportedTypes().OrderBy(static type => type.FullName, StringComparer.Ordinal).Select(Of));

    /// <summary>The types that signatures of an assembly name, their own arguments included.</summary>
    public static IEnumerable<Type> TypesNamedBy(Assembly assembly) =>
        assembly.GetExportedTypes().SelectMany(static type => Members(type).SelectMany(TypesOf).Append(type.BaseType!))
            .Where(static type => type is not null).SelectMany(Parts).Distinct();

    private static string Of(Type type)
    {
        IEnumerable<string> lines = Members(type).Select(static member => "    " + Line(member)).Order(StringComparer.Ordinal);
        return $"{Kind(type)} {Name(type)}{Bases(type)}\n{string.Concat(lines.Select(static line => line + "\n"))}\n";
    }

    private static IEnumerable<MemberInfo> Members(Type type) => type.GetMembers(Seen).Where(IsSeen);

    private static bool IsSeen(MemberInfo member) =>
        member.GetCustomAttribute<CompilerGeneratedAttribute>() is null
        && member switch
        {
            MethodBase method => (method.IsPublic || method.IsFamily) && !IsAccessor(method),
            PropertyInfo property => property.GetMethod is { IsPublic: true } or { IsFamily: true },
            FieldInfo field => field is { IsPublic: true, IsSpecialName: false },
            _ => false,
        };

    private static bool IsAccessor(MethodBase method) => method.IsSpecialName && method.Name[..4] is "get_" or "set_";

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(static parameter => parameter.ParameterType)],
        ConstructorInfo constructor => constructor.GetParameters().Select(static parameter => parameter.ParameterType),
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) => type switch
    {
        { HasElementType: true } => Parts(type.GetElementType()!),
        { IsGenericType: true } => [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)],
        _ => [type],
    };

    private static string Line(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo method => $"{Static(method)}{Name(method.ReturnType)} {method.Name}({Parameters(method)})",
        PropertyInfo property =>
            $"{Static(property.GetMethod!)}{Name(property.PropertyType)} {property.Name} {Accessors(property)}",
        FieldInfo { IsLiteral: true } field => $"{field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field => $"{Name(field.FieldType)} {field.Name}",
        _ => throw new InvalidOperationException(member.Name),
    };

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Accessors(PropertyInfo property) => property.SetMethod switch
    {
        null or { IsPublic: false } => "{ get; }",
        { ReturnParameter: var result } when result.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) => "{ get; init; }",
        _ => "{ get; set; }",
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(static parameter =>
        $"{Name(parameter.ParameterType)} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")));

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Bases(Type type)
    {
        IEnumerable<Type> bases = type.IsEnum ? [] : new[] { type.BaseType }.OfType<Type>()
            .Where(static parent => parent != typeof(object) && parent != typeof(ValueType))
            .Concat(type.GetInterfaces().OrderBy(static face => face.FullName, StringComparer.Ordinal));
        string names = string.Join(", ", bases.Select(Name));
        return names.Length > 0 ? " : " + names : "";
    }

    private static string Name(Type type) => type switch
    {
        { IsByRef: true } => "ref " + Name(type.GetElementType()!),
        { IsArray: true } => Name(type.GetElementType()!) + "[]",
        { IsGenericType: true } when Nullable.GetUnderlyingType(type) is { } value => Name(value) + "?",
        { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        { Namespace: "System" } or { IsGenericParameter: true } => type.Name,
        _ when type.FullName!.StartsWith("Netcd.", StringComparison.Ordinal) => type.FullName.Replace('+', '.'),
        _ => type.Name,
    };
}
